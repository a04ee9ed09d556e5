import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { rootFields } from '../src/api/graphql/root-fields.js';

const SRC = fileURLToPath(new URL('../src', import.meta.url));
const NOT_OURS = ['generated'];

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name))
  .filter((name) => !NOT_OURS.some((folder) => name.startsWith(folder)));

const text = (name: string) => readFileSync(join(SRC, name), 'utf8');

/** The part of the product that a file belongs to: its folder below src, or its name. */
const part = (name: string) => name.split('/')[0]?.replace(/\.tsx?$/, '') ?? '';

interface Import {
  file: string;
  specifier: string;
}

function importsOf(file: string): Import[] {
  const found = text(file).matchAll(/^(?:import|export)\s[^;'"]*?from\s+'([^']+)'|\bimport\('([^']+)'\)/gm);
  return [...found].map(([, from, dynamic]) => ({ file, specifier: from ?? dynamic ?? '' }));
}

/** What a part may import of ours, beside itself. Who is not named may import lib, protocol, core and what is generated. */
const ALLOWED: Record<string, readonly string[]> = {
  lib: [],
  protocol: [],
  core: ['lib'],
  config: ['lib'],
  redis: ['lib', 'core'],
  bus: ['lib', 'core', 'redis'],
  live: ['lib', 'protocol', 'core', 'redis'],
  client: ['protocol'],
  console: [],
  adapters: ['lib', 'protocol', 'core', 'live', 'delivery'],
  generated: ['core', 'api'],
  app: [
    'lib',
    'protocol',
    'core',
    'config',
    'store',
    'redis',
    'bus',
    'token',
    'api',
    'delivery',
    'live',
    'adapters',
    'embedded',
    'observability',
  ],
  cli: ['lib', 'core', 'config', 'app'],
};

const imports = files.flatMap(importsOf);
const ours = imports.filter(({ specifier }) => specifier.startsWith('.'));

describe('imports', () => {
  test('are found', () => {
    expect(ours.length).toBeGreaterThan(100);
  });

  test('point one way: from the composition down to the core, and never to a sibling', () => {
    const wrong = ours.filter(({ file, specifier }) => {
      const from = part(file);
      const to = part(relative(SRC, join(SRC, file, '..', specifier)));
      const allowed = ALLOWED[from] ?? ['lib', 'protocol', 'core', 'generated'];
      return from !== to && !allowed.includes(to);
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

test('each operation of the API but version has a use case in a file of its name, and nothing else has', () => {
  const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const { query, mutation, subscription } = rootFields();
  const operations = [...query, ...mutation, ...subscription].filter((name) => name !== 'version').map(kebab);
  const useCases = files.filter((name) => name.startsWith('core/use-cases/')).map((name) => basename(name, '.ts'));
  expect(useCases.sort()).toEqual(operations.sort());
});
