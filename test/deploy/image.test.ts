import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';

const root = new URL('../../', import.meta.url);
const file = (name: string) => readFileSync(new URL(name, root), 'utf8');

/** Packages that what runs in the image imports: everything but what is bundled for browsers. */
function importedPackages(): Set<string> {
  const sources = readdirSync(new URL('src', root), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.startsWith('console/'))
    .map((name) => file(`src/${name}`));
  const specifiers = sources.flatMap((text) => [...text.matchAll(/\b(?:from |import\()['"]([^.'"][^'"]*)['"]/g)]);
  return new Set(specifiers.map(([, specifier = '']) => /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? ''));
}

it('has every package that what runs in it imports, and none that only the console is made of', () => {
  const dependencies: string[] = Object.keys(JSON.parse(file('package.json')).dependencies);
  const removed = /npm uninstall (.+?) \\\n/
    .exec(file('Dockerfile'))?.[1]
    ?.split(' ')
    .filter((word) => !word.startsWith('--'));
  const imported = importedPackages();
  expect(dependencies.filter((name) => !imported.has(name)).sort()).toEqual(removed?.sort());
});
