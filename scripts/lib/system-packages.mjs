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
/** Makes tests of pages faster. They do without it where it cannot be had. */
const HELPFUL = { tests: { 'chromium-headless-shell': 'chromium-headless-shell' } };
const NEEDED = { 'fast tests': FOR_FAST_TESTS, tests: FOR_TESTS, faults: FOR_FAULTS };

const FOLDERS = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/bin', '/sbin'];
const isThere = (program) => FOLDERS.some((folder) => existsSync(join(folder, program)));

const missingOf = (programs) =>
  Object.entries(programs).flatMap(([program, names]) => (isThere(program) ? [] : names.split(' ')));
const mayInstall = () => isThere('apt-get') && process.getuid?.() === 0;

async function install(packages) {
  console.log(`Installing ${packages.join(', ')} ...`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await must('apt-get', ['update', '-q'], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  // No daemon of the distribution is to be started by the installation.
  const args = ['install', '-y', '-q', '--no-install-recommends', ...packages];
  await must('apt-get', args, { env: { ...env, RUNLEVEL: '1' }, stdio: ['ignore', 'ignore', 'inherit'] });
}

/**
 * Installs what is missing where that can be done, else says what to install.
 *
 * @param {'fast tests' | 'tests' | 'faults'} what
 */
export async function installSystemPackages(what) {
  const missing = missingOf(NEEDED[what]);
  if (missing.length > 0) {
    const line = `the ${what} need ${missing.join(' and ')}: apt-get install ${missing.join(' ')}`;
    if (!mayInstall()) throw new Error(line);
    await install(missing).catch(() => {
      throw new Error(line);
    });
  }
  const helpful = missingOf(HELPFUL[what] ?? {});
  if (helpful.length > 0 && mayInstall())
    await install(helpful).catch(() => console.log(`Going on without ${helpful.join(', ')}.`));
}
