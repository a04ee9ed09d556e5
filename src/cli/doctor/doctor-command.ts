import { readFileSync } from 'node:fs';
import { CommandFailed } from '../../app/command-failed.js';
import { PATIENCE } from '../../app/doctor/delivery-check.js';
import { examine } from '../../app/doctor/examine.js';
import type { Finding, Outcome } from '../../app/doctor/finding.js';
import { environmentOf, loadClientSettings } from '../../config/index.js';
import { silentLogger } from '../../core/ports/logger.js';
import type { CliContext } from '../cli-context.js';
import type { Command } from '../command.js';

interface DoctorOptions {
  url?: string;
  keyFile?: string;
  long?: boolean;
  json?: boolean;
}

const MARKS: Record<Outcome, string> = { ok: 'ok', wrong: 'WRONG', 'not-checked': 'not checked', 'left-out': 'left out' };

/** Looks at the installation. Returns 1 if something is wrong, 2 if something was not checked, else 0. */
async function runDoctor({ io }: CliContext, options: DoctorOptions): Promise<number> {
  const { long = false, json = false } = options;
  const environment = environmentOf(io.environment);
  const { url, apiKey } = loadClientSettings(environment);
  const key = options.keyFile === undefined ? apiKey : readKey(options.keyFile);
  const findings = await examine({
    environment,
    access: { url: options.url ?? url, key },
    long,
    patience: PATIENCE,
    now: Date.now,
    logger: silentLogger,
    onFinding: (finding) => {
      if (!json) io.out(linesOf(finding));
    },
  });
  const status = statusOf(findings);
  if (json) io.out(`${JSON.stringify({ status, findings })}\n`);
  else io.out(`${summaryOf(findings)}\n`);
  return status;
}

function readKey(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new CommandFailed(`--key-file names a file that cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

/** Returns the exit status that findings stand for. */
export function statusOf(findings: readonly Finding[]): number {
  if (findings.some(({ outcome }) => outcome === 'wrong')) return 1;
  return findings.some(({ outcome }) => outcome === 'not-checked') ? 2 : 0;
}

function linesOf({ check, outcome, said, remedy }: Finding): string {
  const line = `${MARKS[outcome].padEnd(12)} ${check}: ${said}\n`;
  return remedy === null ? line : `${line}${' '.repeat(13)}-> ${remedy}\n`;
}

function summaryOf(findings: readonly Finding[]): string {
  const count = (outcome: Outcome) => findings.filter((finding) => finding.outcome === outcome).length;
  return `${count('ok')} ok, ${count('wrong')} wrong, ${count('not-checked')} not checked`;
}

type Child = (parent: Command, name: string, description: string) => Command;

/** Adds the command that looks for what is wrong. */
export function addDoctor(program: Command, child: Child, context: CliContext, setStatus: (status: number) => void): void {
  child(program, 'doctor', 'Looks for what is wrong with an installation, and says what to do about it')
    .option('--url <url>', 'address of an API node (default: TIDINGS_URL, or that of this environment)')
    .option('--key-file <file>', 'file with the API key (default: TIDINGS_API_KEY or TIDINGS_API_KEY_FILE)')
    .option('--long', 'also wait whether an idle connection lives for 75 s')
    .action(async (options) => setStatus(await runDoctor(context, options)));
}
