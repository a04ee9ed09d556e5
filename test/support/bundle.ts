import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/**
 * Bundles TypeScript into a program that node can run as its own process.
 *
 * @param entry path below the repository, such as `test/embedded/holder.ts`
 * @returns path of the program
 */
export async function bundle(entry: string): Promise<string> {
  // Two folders below the root like the sources, so that paths relative to a module's URL mean the same.
  const name = createHash('sha256').update(`${entry}:${process.pid}`).digest('hex').slice(0, 12);
  const outfile = root(`.cache/test-programs/${name}.mjs`);
  const options = ['--bundle', '--packages=external', '--platform=node', '--format=esm', '--log-level=error'];
  await run(root('node_modules/.bin/esbuild'), [root(entry), `--outfile=${outfile}`, ...options]);
  return outfile;
}
