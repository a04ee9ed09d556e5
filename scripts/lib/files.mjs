import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Returns the path of something in the repository. */
export const here = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** Hashes the contents of these files and folders, and which of them do not exist. */
export const hashOf = (paths) => hashBy(paths, (path) => readFileSync(path));

/** Hashes what shows that a file was changed without reading it: half the work. */
export const looksOf = (paths) => hashBy(paths, (_path, { size, mtimeMs, ctimeMs }) => `${size} ${mtimeMs} ${ctimeMs}`);

function hashBy(paths, tell) {
  const hash = createHash('sha256').update(process.version);
  const add = (path, place = here(path)) => {
    hash.update(path);
    const found = statSync(place, { throwIfNoEntry: false });
    if (found?.isFile()) hash.update(tell(place, found));
    else if (found) for (const name of readdirSync(place).sort()) add(join(path, name), join(place, name));
  };
  for (const path of paths) add(path);
  return hash.digest('hex');
}
