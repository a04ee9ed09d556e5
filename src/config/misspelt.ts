import type { Environment } from './config.js';
import { VARIABLE_NAMES, VARIABLES } from './environment.js';

/** Begins names that are ours. */
const PREFIXES = /^(TIDINGS_|TENANT_.*_PER_SECOND$|LIVE_(MAX|RETENTION)_)/;

/** A name of this length or more may differ by two characters, a shorter one by one. */
const LONG = 10;
const SHORTEST = 7;

/** Lists variables that look like ours and are not, with the one that may have been meant. */
export function misspelt(environment: Environment): Array<{ name: string; meant: string | null }> {
  const known: string[] = VARIABLE_NAMES.flatMap((name) => (VARIABLES[name].secret ? [name, `${name}_FILE`] : [name]));
  return Object.keys(environment)
    .filter((name) => environment[name] && !known.includes(name))
    .flatMap((name) => {
      const meant = known.find((candidate) => isNear(name, candidate)) ?? null;
      const plain = name.endsWith('_FILE') ? name.slice(0, -'_FILE'.length) : null;
      if (meant === null && plain !== null && known.includes(plain)) return [{ name, meant: plain }];
      return meant !== null || PREFIXES.test(name) ? [{ name, meant }] : [];
    })
    .sort((a, b) => a.name.localeCompare(b.name));
}

function isNear(name: string, known: string): boolean {
  if (known.length < SHORTEST) return false;
  return distance(name.toUpperCase(), known) <= (known.length >= LONG ? 2 : 1);
}

/** Counts the insertions, deletions and changes that lead from one word to another (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
