import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const SRC = fileURLToPath(new URL('../../src', import.meta.url));
const PACKAGES = join(SRC, '../packages');

/** `import … from`, `export … from`, `import '…'` and `import('…')`, of types too. */
const IMPORT = /^(?:import|export)\s[^;'"]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\('([^']+)'\)/gm;

export interface Import {
  /** The importing file: its path from src. Those of packages begin with `../`. */
  file: string;
  /** A file of ours, or the specifier of a package. */
  target: string;
}

/** Files of the product and its packages that we write, and what they import. */
export interface ImportGraph {
  files: readonly string[];
  /** Imports of files of ours. */
  ours: readonly Import[];
  /** Imports of packages and of node's modules. */
  foreign: readonly Import[];
}

export const sourceOf = (file: string): string => readFileSync(join(SRC, file), 'utf8');

export function readImports(): ImportGraph {
  const all = [SRC, ...readdirSync(PACKAGES).map((name) => join(PACKAGES, name, 'src'))].flatMap(filesBelow);
  const files = all.filter((name) => !/(^|\/)generated\//.test(name));
  const byStem = new Map(all.map((name) => [stemOf(name), name]));
  const imports = files.flatMap((file) =>
    [...sourceOf(file).matchAll(IMPORT)].map((found) => ({ file, target: found.slice(1).find(Boolean) ?? '' })),
  );
  return {
    files,
    ours: imports
      .filter(({ target }) => target.startsWith('.'))
      .map(({ file, target }) => {
        const stem = stemOf(relative(SRC, join(SRC, dirname(file), target)));
        return { file, target: byStem.get(stem) ?? stem };
      }),
    foreign: imports.filter(({ target }) => !target.startsWith('.')),
  };
}

const filesBelow = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => relative(SRC, join(folder, name)));

const stemOf = (file: string) => file.replace(/\.[jt]sx?$/, '');

/** Circles of imports: files that reach each other, each circle once. */
export function circlesOf(imports: readonly Import[]): string[][] {
  const targets = new Map<string, string[]>();
  for (const { file, target } of imports) targets.set(file, [...(targets.get(file) ?? []), target]);
  const reachable = new Map([...targets.keys()].map((file) => [file, reachableFrom(file, targets)]));
  const circles = new Map<string, string[]>();
  for (const [file, reached] of reachable) {
    if (!reached.has(file)) continue;
    const circle = [...reached].filter((other) => reachable.get(other)?.has(file)).sort();
    circles.set(circle.join(), circle);
  }
  return [...circles.values()];
}

/** Files that a file imports, also by way of others. */
function reachableFrom(file: string, targets: ReadonlyMap<string, readonly string[]>): Set<string> {
  const reached = new Set(targets.get(file));
  for (const next of reached) for (const target of targets.get(next) ?? []) reached.add(target);
  return reached;
}
