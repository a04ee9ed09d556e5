import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { must } from './run.mjs';

/**
 * Maps programs that unit and contract tests start to Debian's packages. PostgreSQL comes from
 * npm.
 */
const FOR_FAST_TESTS = { 'redis-server': 'redis-server', 'redis-cli': 'redis-tools', openssl: 'openssl' };
/** Does so for all tests; `cc` compiles the benchmarks' load client. */
const FOR_TESTS = {
  ...FOR_FAST_TESTS,
  chromium: 'chromium',
  'firefox-esr': 'firefox-esr',
  nginx: 'nginx-light',
  caddy: 'caddy',
  pgbouncer: 'pgbouncer',
  curl: 'curl',
  git: 'git',
  cc: 'gcc libc6-dev',
};
/** Does so for the faults. */
const FOR_FAULTS = { ...FOR_FAST_TESTS, pgbouncer: 'pgbouncer', iptables: 'iptables', ss: 'iproute2', faketime: 'faketime' };
const NEEDED = { 'fast tests': FOR_FAST_TESTS, tests: FOR_TESTS, faults: FOR_FAULTS };

const FOLDERS = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/bin', '/sbin'];
const isThere = (program) => FOLDERS.some((folder) => existsSync(join(folder, program)));

/**
 * Installs what is missing where that can be done, else says what to install.
 *
 * @param {'fast tests' | 'tests' | 'faults'} what
 */
export async function installSystemPackages(what) {
  const missing = Object.entries(NEEDED[what]).flatMap(([program, names]) => (isThere(program) ? [] : names.split(' ')));
  if (missing.length === 0) return;
  const line = `the ${what} need ${missing.join(' and ')}: apt-get install ${missing.join(' ')}`;
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
