import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);
const tool = (name: string) => join(ROOT, 'node_modules/.bin', name);

/** A project of its own, with one of our packages installed as npm would. */
export interface Project {
  folder: string;
  /** Name of the file that npm packs. */
  tarball: string;
  /** Paths of what is in the package. */
  files: string[];
  /** Checks with publint and attw that bundlers, Node and TypeScript find every entry and its types. */
  checkEntries(...options: string[]): Promise<void>;
  /** Compiles files of the project by the strict rules; returns what the compiler says. */
  compile(options: object, files: readonly string[]): Promise<string>;
  remove(): Promise<void>;
}

/** What npm says of a package that it has packed. */
interface Packed {
  filename: string;
  files: Array<{ path: string }>;
}

/**
 * Packs a workspace as it is published, and installs that.
 * @param beside packages of ours that the project has, too
 */
export async function installPacked(workspace: string, beside: readonly string[]): Promise<Project> {
  const folder = await mkdtemp(join(tmpdir(), 'tidings-packed-'));
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder, '-w', workspace], { cwd: ROOT });
  // What builds the package prints first. Newer versions of npm answer an object by names, older ones a list.
  const answer: Record<string, Packed> = JSON.parse(stdout.slice(stdout.search(/^[[{]/m)));
  const [packed = { filename: '', files: [] }] = Object.values(answer);
  const tarball = join(folder, basename(packed.filename));
  const installed = join(folder, 'node_modules', workspace);
  await mkdir(installed, { recursive: true });
  await run('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1']);
  for (const name of beside) {
    await mkdir(dirname(join(folder, 'node_modules', name)), { recursive: true });
    await symlink(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
  }
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  return {
    folder,
    tarball: basename(tarball),
    files: packed.files.map(({ path }) => path),
    async checkEntries(...options) {
      await run(tool('publint'), ['--strict', tarball]);
      await run(tool('attw'), [tarball, ...options]);
    },
    async compile(options, files) {
      const compilerOptions = { target: 'es2022', strict: true, noEmit: true, types: [], ...options };
      await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
      const said = await run(tool('tsc'), ['-p', folder]).catch((error: { stdout: string }) => error);
      return said.stdout;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
