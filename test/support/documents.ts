import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SKIPPED = new Set(['node_modules', 'dist', '.git', '.cache', '.tidings']);

/** Finds files by the end of their names. Paths are from the root of the repository. */
export function filesIn(folder: string, ending: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : filesIn(path, ending);
    return entry.name.endsWith(ending) ? [relative('.', path)] : [];
  });
}

/** Reads a file by its path from the root of the repository. */
export const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Takes a fenced block whole: its indent, its language, what it holds. */
export const FENCED = /^( *)```(\w*)\n(.*?)^\1```/gms;

/**
 * Reads the blocks of one language that a document prints, in their order. Whoever calls this sees to it that each of
 * them works: `test/docs/printed-blocks.test.ts` lists those that nobody calls for, by the words of the call.
 * @param language behind the fence; '' for none
 */
export function printedBlocks(path: string, language: string): string[] {
  const blocks = [...read(path).matchAll(FENCED)].filter(([, , found]) => found === language).map(([, , , block = '']) => block);
  if (blocks.length === 0) throw new Error(`${path} prints no block of '${language}'`);
  return blocks;
}

/** Reads the only block of a language in a document; throws if there are several. */
export function printedBlock(path: string, language: string): string {
  const [block = '', ...others] = printedBlocks(path, language);
  if (others.length > 0) throw new Error(`${path} prints several blocks of '${language}'`);
  return block;
}

interface Part {
  /** Of a heading of the second level, its words. */
  heading: string | undefined;
  language: string;
  code: string;
}

/** Reads a document's headings and blocks in their order: for whoever follows it from one to the next, and tries each. */
export const printedParts = (path: string): Part[] =>
  [...read(path).matchAll(/^## ([^\n]*)$|^```(\w*)\n(.*?)^```/gms)].map(([, heading, language = '', code = '']) => ({
    ...{ heading, language, code },
  }));
