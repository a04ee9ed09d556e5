import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { expect, it } from '@jest/globals';

const root = new URL('../../', import.meta.url);
const file = (name: string) => readFileSync(new URL(name, root), 'utf8');

/** Without these their packages do well: a faster way, or a feature that is not used. */
const OPTIONAL = ['bufferutil', 'node:sqlite', 'pg-native', 'utf-8-validate'];

/** Modules that the built program imports, and does not hold itself. */
function importedModules(): string[] {
  const built = readdirSync(new URL('dist/cli', root)).filter((name) => name.endsWith('.js'));
  const found = built.flatMap((name) => [
    ...file(`dist/cli/${name}`).matchAll(/(?:\bfrom |\bimport(?: |\()|\b__require\d*\()"([^".\s][^"\s]*)"/g),
  ]);
  return [...new Set(found.map(([, specifier = '']) => specifier))].filter((specifier) => !isBuiltin(specifier));
}

it('keeps every module of packages that the program does not hold', () => {
  const kept = /! -path '\*\/([^']+)'/.exec(file('Dockerfile'))?.[1] ?? '';
  const needed = importedModules().filter((specifier) => !OPTIONAL.includes(specifier));
  expect(needed).toContain('@prisma/client/runtime/query_compiler_fast_bg.postgresql.mjs');
  const [begin = '', end = ''] = kept.split('*');
  expect(needed.filter((specifier) => !specifier.startsWith(begin) || !specifier.endsWith(end))).toEqual([]);
});
