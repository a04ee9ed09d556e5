import { readdirSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { FENCED, filesIn, printedBlock, read } from '../support/documents.js';

/** Blocks of every document, each as its document and its language. */
const printed = filesIn('.', '.md').flatMap((path) =>
  [...read(path).matchAll(FENCED)].map(([, , language]) => `${path}: ${language}`),
);

const tests = filesIn('test', '.ts').map(read).join('\n');
/** What tests call for, all of a document's blocks in a language at once. */
const tried = [...tests.matchAll(/printedBlocks?\('([^']+)', '(\w*)'\)/g)].map(([, path, language]) => `${path}: ${language}`);
/** Documents that are followed as a whole. */
const followed = [...tests.matchAll(/printedParts\('([^']+)'\)/g)].map(([, path]) => path);

test('every block that a document prints is tried by a test', () => {
  expect(printed.length).toBeGreaterThan(100);
  expect(printed.filter((block) => !tried.includes(block) && !followed.includes(block.split(': ')[0]))).toEqual([]);
});

describe('blocks that are no programs', () => {
  test('the commands of a contributor are those of package.json', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [...printedBlock('CONTRIBUTING.md', 'sh').matchAll(/^npm run (\S+)/gm)].map(([, name = '']) => name);
    expect(named).toEqual(['hooks', 'check', 'test:fast']);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  test('the map of the code names folders that there are', () => {
    const above: string[] = [];
    const named = [...printedBlock('ARCHITECTURE.md', '').matchAll(/^( *)([\w-]+)\/(?= |$)/gm)].map(
      ([, indent = '', name = '']) => {
        above.splice(indent.length / 2, above.length, name);
        return above.join('/');
      },
    );
    expect(named.length).toBeGreaterThan(40);
    expect(named.filter((path) => readdirSync(path).length === 0)).toEqual([]);
  });

  test('the picture of the rooms has rooms, and arrows between them', () => {
    const rooms = new Set([...readdirSync('src'), ...readdirSync('packages'), 'floor', 'ground']);
    const [first, ...lines] = printedBlock('ARCHITECTURE.md', 'mermaid').trimEnd().split('\n');
    expect(first).toBe('flowchart TB');
    const words = lines.flatMap(
      (line) => line.replace(/^ *(subgraph|end)\b|\["[^"]*"\]|-->|-\. \w+ \.->/g, ' ').match(/[\w-]+/g) ?? [],
    );
    expect(words.length).toBeGreaterThan(20);
    expect(words.filter((word) => !rooms.has(word))).toEqual([]);
  });

  test('the first picture has those alone speak whom it has named', () => {
    const [first, ...lines] = printedBlock('README.md', 'mermaid').trimEnd().split('\n');
    expect(first).toBe('sequenceDiagram');
    const named = lines.flatMap((line) => /^ {2}participant (\w+) as \S/.exec(line)?.[1] ?? []);
    const spoken = lines
      .slice(named.length)
      .map((line) => /^ {2}(?:(\w+)--?>>(\w+)|Note over (\w+)): \S/.exec(line)?.slice(1, 4));
    expect(spoken.flat().filter((name) => name !== undefined && !named.includes(name))).toEqual([]);
    expect(spoken).not.toContain(undefined);
  });
});
