import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { filesIn, read } from '../support/documents.js';

/** The text without what is code, where brackets are no links. */
const prose = (text: string) => text.replace(/^( *)```[\s\S]*?^\1```/gm, '').replace(/`[^`\n]*`/g, 'code');

/** Anchors of a document, as GitHub makes them from its headings. */
function anchorsOf(path: string): Set<string> {
  const text = read(path).replace(/^( *)```[\s\S]*?^\1```/gm, '');
  const counts = new Map<string, number>();
  const anchors = new Set([...text.matchAll(/<a (?:id|name)="([^"]+)"/g)].map(([, id]) => id ?? ''));
  for (const [, heading = ''] of text.matchAll(/^#{1,6} +(.+?) *#*$/gm)) {
    const words = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const slug = words.replace(/[^\p{L}\p{N}\p{M} _-]/gu, '').replaceAll(' ', '-');
    const repeated = counts.get(slug) ?? 0;
    counts.set(slug, repeated + 1);
    anchors.add(repeated === 0 ? slug : `${slug}-${repeated}`);
  }
  return anchors;
}

function brokenLinksOf(document: string): string[] {
  const targets = [...prose(read(document)).matchAll(/\]\(<?([^)\s>]+)>?[^)]*\)|^\[[^\]]+\]: +(\S+)/gm)];
  return targets
    .map(([, inline, reference]) => inline ?? reference ?? '')
    .filter((target) => !/^[a-z][a-z+.-]*:/i.test(target))
    .filter((target) => {
      const [path = '', anchor] = decodeURIComponent(target).split('#');
      const file = path === '' ? document : join(dirname(document), path);
      if (!existsSync(file)) return true;
      return anchor !== undefined && file.endsWith('.md') && !anchorsOf(file).has(anchor);
    })
    .map((target) => `${document}: ${target}`);
}

const documents = filesIn('.', '.md');

test('the documents are found', () => {
  expect(documents).toEqual(expect.arrayContaining(['README.md', 'ARCHITECTURE.md']));
});

test('every link from one document to another, or to a file or a heading, leads there', () => {
  expect(documents.flatMap(brokenLinksOf)).toEqual([]);
});
