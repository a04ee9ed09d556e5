/**
 * `node scripts/audit.mjs [COMMAND …]`: asks the registry for known vulnerabilities of the production
 * dependencies, and fails at those called high or critical. Where no registry answers that question it says
 * so in one line and passes.
 */
import { spawnSync } from 'node:child_process';
import { here } from './lib/files.mjs';

/** Waits at most this long for the registry, in milliseconds. */
const TIMEOUT_MS = 120_000;
const FAILS_AT = ['high', 'critical'];

const [program, ...args] = process.argv.length > 2 ? process.argv.slice(2) : ['npm', 'audit', '--omit=dev', '--json'];
const { stdout } = spawnSync(program, args, {
  cwd: here('.'),
  encoding: 'utf8',
  timeout: TIMEOUT_MS,
  stdio: ['ignore', 'pipe', 'ignore'],
});
const answer = read(stdout);
if (answer === null) console.log('audit skipped: no registry answers it');
else judge(Object.values(answer));

/** Returns vulnerabilities by package; null if the registry has not answered. */
function read(text) {
  try {
    return JSON.parse(text).vulnerabilities ?? null;
  } catch {
    return null;
  }
}

function judge(vulnerabilities) {
  for (const { name, severity, range } of vulnerabilities) console.log(`${severity}: ${name} ${range}`);
  const failing = vulnerabilities.filter(({ severity }) => FAILS_AT.includes(severity)).length;
  console.log(`${vulnerabilities.length} vulnerable production dependencies, ${failing} of them high or critical`);
  if (failing > 0) process.exitCode = 1;
}
