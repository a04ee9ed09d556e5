import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { leash } from '../../../test/support/leash.js';
import type { Attack } from './attack.js';
import type { AttackReport, Target } from './target.js';

const PROGRAM = '.cache/bench/attacker.mjs';
/** Gives an attack this long to prepare itself, in milliseconds. */
const PREPARE_MS = 120_000;
/** Gives it this long to report after its end; a process that is busy is killed, in milliseconds. */
const REPORT_MS = 10_000;

/** Controls an attack in its own process. */
export interface AttackerProcess {
  begin(): void;
  /** Ends the attack and its process. */
  end(): Promise<AttackReport>;
}

export async function buildAttacker(): Promise<void> {
  await build({
    entryPoints: ['bench/measures/hostile/attacker.ts'],
    outfile: PROGRAM,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'warning',
  });
}

/**
 * Starts the process and resolves once it is prepared. Its priority is the lowest: a real attacker has a
 * machine of its own.
 */
export async function startAttacker({ name }: Attack, target: Target): Promise<AttackerProcess> {
  const child = spawn('nice', ['-n', '19', process.execPath, PROGRAM, name, JSON.stringify(target)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  leash(child);
  child.stdin.on('error', () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (timeoutMs: number): Promise<unknown> => {
    const late = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    const { value, done } = await lines.next();
    clearTimeout(late);
    if (done) throw new Error(`the attack "${name}" has ended`);
    return JSON.parse(value);
  };
  await next(PREPARE_MS);
  return {
    begin: () => void child.stdin.write('\n'),
    async end() {
      child.stdin.write('\n');
      const report = (await next(REPORT_MS)) as AttackReport;
      child.kill('SIGKILL');
      return report;
    },
  };
}
