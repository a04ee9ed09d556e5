import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';

const SRC = fileURLToPath(new URL('../src', import.meta.url));
const NOT_OURS = ['store/generated', 'api/generated'];

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name))
  .filter((name) => !NOT_OURS.some((folder) => name.startsWith(folder)));

const text = (name: string) => readFileSync(join(SRC, name), 'utf8');

/** The part of the product that a file belongs to: its folder below src, or its name. */
const part = (name: string) => name.split('/')[0]?.replace(/\.tsx?$/, '') ?? '';

interface Import {
  file: string;
  specifier: string;
  typeOnly: boolean;
}

function importsOf(file: string): Import[] {
  const found = text(file).matchAll(/^(?:import|export)\s+(type\s)?[^;'"]*?from\s+'([^']+)'|\bimport\('([^']+)'\)/gm);
  return [...found].map(([, type, from, dynamic]) => ({ file, specifier: from ?? dynamic ?? '', typeOnly: type !== undefined }));
}

/** What a part may import of ours, beside itself. Who is not named may import protocol and core. */
const ALLOWED: Record<string, readonly string[] | 'everything'> = {
  protocol: [],
  core: [],
  config: [],
  client: ['protocol'],
  console: [],
  adapters: ['protocol', 'core', 'live', 'delivery'],
  compose: 'everything',
  cli: 'everything',
};

const imports = files.flatMap(importsOf);
const ours = imports.filter(({ specifier }) => specifier.startsWith('.'));

describe('imports', () => {
  test('are found', () => {
    expect(ours.length).toBeGreaterThan(100);
  });

  test('point one way: from the composition down to the core, and never to a sibling', () => {
    const wrong = ours.filter(({ file, specifier, typeOnly }) => {
      const from = part(file);
      const to = part(relative(SRC, join(SRC, file, '..', specifier)));
      // The composition root is given its shape by those who call it.
      if (from === 'compose' && to === 'cli') return !typeOnly;
      const allowed = ALLOWED[from] ?? ['protocol', 'core'];
      return from !== to && allowed !== 'everything' && !allowed.includes(to);
    });
    expect(wrong.map(({ file, specifier }) => `${file} imports ${specifier}`)).toEqual([]);
  });

  test('of the core and the protocol are of themselves and node, but for the reading of addresses', () => {
    const foreign = imports.filter(
      ({ file, specifier }) => ['core', 'protocol'].includes(part(file)) && !/^(\.|node:|ipaddr\.js$)/.test(specifier),
    );
    expect(foreign.map(({ file, specifier }) => `${file} imports ${specifier}`)).toEqual([]);
  });

  test('of the WebSocket library are in one file', () => {
    expect([...new Set(imports.filter(({ specifier }) => specifier === 'ws').map(({ file }) => file))]).toHaveLength(1);
  });
});

test('the environment is read in one folder', () => {
  const readers = files.filter((name) => /process\.env\b/.test(text(name)) && part(name) !== 'config');
  expect(readers).toEqual([]);
});
