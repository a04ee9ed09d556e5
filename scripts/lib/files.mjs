import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Returns the path of something in the repository. */
export const here = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** Hashes the contents of these files and folders, and which of them do not exist. */
export function hashOf(paths) {
  const hash = createHash('sha256').update(process.version);
  const add = (path) => {
    hash.update(path);
    if (!existsSync(here(path))) return;
    if (!statSync(here(path)).isDirectory()) hash.update(readFileSync(here(path)));
    else for (const name of readdirSync(here(path)).sort()) add(join(path, name));
  };
  for (const path of paths) add(path);
  return hash.digest('hex');
}
