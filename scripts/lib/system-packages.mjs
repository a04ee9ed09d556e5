import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { must } from './run.mjs';

/** Programs that tests start, and Debian's packages that have them. */
const NEEDED = { 'redis-server': 'redis-server', chromium: 'chromium', nginx: 'nginx-light', pgbouncer: 'pgbouncer' };

const FOLDERS = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/bin'];
const isThere = (program) => FOLDERS.some((folder) => existsSync(join(folder, program)));

/** Installs what is missing where that can be done, else says what to install. */
export async function installSystemPackages() {
  const missing = Object.entries(NEEDED).flatMap(([program, name]) => (isThere(program) ? [] : [name]));
  if (missing.length === 0) return;
  const line = `the tests need ${missing.join(' and ')}: apt-get install ${missing.join(' ')}`;
  if (!isThere('apt-get') || process.getuid?.() !== 0) throw new Error(line);
  console.log(`Installing ${missing.join(', ')} ...`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // No daemon of the distribution is to be started by the installation.
  const install = ['install', '-y', '-q', '--no-install-recommends', ...missing];
  try {
    await must('apt-get', ['update', '-q'], { env, stdio: ['ignore', 'ignore', 'inherit'] });
    await must('apt-get', install, { env: { ...env, RUNLEVEL: '1' }, stdio: ['ignore', 'ignore', 'inherit'] });
  } catch {
    throw new Error(line);
  }
}
