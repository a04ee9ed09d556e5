import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { MigrationStatus } from '../../../src/store/database/migrations.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const FIXTURES = fileURLToPath(new URL('../fixtures', import.meta.url));
/** Names the migration that only the next version has. */
export const EXPANSION = '29990101000000_expand';
export const THIS_PROGRAM = join(ROOT, 'bin/tidings.mjs');

/**
 * Copies the built program as if it were a version later: with one more migration, and with a version of
 * bus events that the present one does not know (nor it the present one's).
 */
export async function nextVersion(): Promise<{ program: string; remove(): Promise<void> }> {
  // A folder below the repository finds the packages.
  const folder = join(ROOT, '.cache/next-version', String(process.pid));
  await mkdir(folder, { recursive: true });
  for (const part of ['bin', 'dist', 'prisma', 'schema', 'package.json'])
    await cp(join(ROOT, part), join(folder, part), { recursive: true });
  await cp(join(FIXTURES, EXPANSION), join(folder, 'prisma/migrations', EXPANSION), { recursive: true });
  await replace(join(folder, 'package.json'), /"version": "[^"]+"/, '"version": "99.0.0"');
  await replaceInOne(join(folder, 'dist/cli'), /\bEVENT_VERSION = 1;/, 'EVENT_VERSION = 2;');
  return { program: join(folder, 'bin/tidings.mjs'), remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Replaces in the file of a folder that has the text. */
async function replaceInOne(folder: string, pattern: RegExp, by: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const file = join(folder, name);
    if (name.endsWith('.js') && pattern.test(await readFile(file, 'utf8'))) return replace(file, pattern, by);
  }
  throw new Error(`${folder} has no ${pattern}`);
}

async function replace(file: string, pattern: RegExp, by: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  if (!pattern.test(text)) throw new Error(`${file} has no ${pattern}`);
  await writeFile(file, text.replace(pattern, by));
}

const command = async (program: string, databaseUrl: string, args: readonly string[]) => {
  const env = { PATH: process.env.PATH, DATABASE_URL: databaseUrl };
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...args, '--json'], { env });
  return JSON.parse(stdout) as unknown;
};

/** Runs `tidings migrate --status` of a version. */
export const migrationStatusOf = async (program: string, databaseUrl: string) =>
  (await command(program, databaseUrl, ['migrate', '--status'])) as MigrationStatus;

export const migrateBy = async (program: string, databaseUrl: string) =>
  ((await command(program, databaseUrl, ['migrate'])) as { applied: string[] }).applied;
