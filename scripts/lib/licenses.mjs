import { readFileSync } from 'node:fs';

/**
 * Lists licences under which the product may be passed on together with a package: they ask for a notice at
 * most. Names are those of SPDX.
 */
const ALLOWED = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'PostgreSQL',
  'Python-2.0',
  'Unlicense',
]);

/**
 * Returns a line for every production dependency of a lock file, those of other platforms included, whose
 * licence is not allowed or not named.
 */
export function refusedLicenses(lockFile) {
  const { packages } = JSON.parse(readFileSync(lockFile, 'utf8'));
  return Object.entries(packages).flatMap(([path, { dev, devOptional, link, version, license }]) => {
    // The entry of the product itself has no path, and a link leads to another entry.
    if (path === '' || dev || devOptional || link || isAllowed(license)) return [];
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    return [`${name} ${version}: ${license ?? 'no licence'}`];
  });
}

/** Judges an SPDX expression. Nested ones are rare, so whoever adds such a package looks at it. */
function isAllowed(expression) {
  if (typeof expression !== 'string') return false;
  const text = expression.replace(/^\((.*)\)$/, '$1');
  if (text.includes(' OR ')) return text.split(' OR ').some(isAllowed);
  return text.split(' AND ').every((name) => ALLOWED.has(name));
}
