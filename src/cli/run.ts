import { CommanderError, InvalidArgumentError } from 'commander';
import { CommandFailed } from '../app/command-failed.js';
import { ConfigError, VERSION } from '../config/index.js';
import { TidingsError } from '../core/domain/errors.js';
import type { CliContext, Services } from './cli-context.js';
import { addClientCommands } from './client/client-commands.js';
import { WrongUse } from './client/wrong-use.js';
import { Command } from './command.js';
import { addDoctor } from './doctor/doctor-command.js';
import type { Io } from './io.js';
import { createKey, listKeys, revokeKey } from './key-commands.js';
import { migrateCommand } from './migrate-command.js';
import { runNode } from './node-commands.js';
import { jsonLine } from './print.js';
import { printAudit } from './reports/audit-command.js';
import { printUsage } from './reports/usage-command.js';
import {
  addLimitOptions,
  createTenant,
  deleteTenant,
  disableTenant,
  enableTenant,
  limitTenant,
  listTenants,
} from './tenant-commands.js';
import { addTransfer } from './transfer/transfer-commands.js';

/** Exit status of a command that was asked for in a way that cannot be meant. */
const WRONG_USE = 2;

/**
 * Runs one command.
 *
 * @param argv arguments without node and the program
 * @returns the exit status: 0 done, 1 refused or failed, 2 wrong use; 3 by `push --wait` alone
 */
export async function run(argv: readonly string[], io: Io, services: Services): Promise<number> {
  let status = 0;
  const asJson = writesJson(argv, io);
  const program = buildProgram(io, services, asJson, (value) => {
    status = value;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return status;
  } catch (error) {
    // Commander has already said what was wrong, or has shown the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USE;
    for (const line of explain(error)) io.err(asJson ? jsonLine('fatal', line) : `tidings: ${line}\n`);
    return error instanceof WrongUse ? WRONG_USE : 1;
  }
}

const NODES: readonly unknown[] = ['serve', 'api', 'delivery'];

/** Tells whether errors are lines of JSON: where a node writes them, and no person reads along. */
const writesJson = ([command]: readonly string[], io: Io): boolean => NODES.includes(command) && io.piped?.err === true;

/** Explains an error in one line; a wrong configuration in one for each variable that is wrong. */
function explain(error: unknown): readonly string[] {
  if (error instanceof ConfigError) return error.problems;
  if (error instanceof CommandFailed || error instanceof TidingsError) return [oneLine(error.message)];
  if (error instanceof AggregateError) return explain(error.errors[0]);
  if (error instanceof Error) return [withoutPasswords(oneLine(error.message || error.name))];
  return [withoutPasswords(oneLine(String(error)))];
}

const oneLine = (text: string) => text.replace(/\s*\n\s*/g, ' ');

const withoutPasswords = (text: string) => text.replace(/(:\/\/[^\s:/@]*):[^\s@/]+@/g, '$1:***@');

function buildProgram(io: Io, services: Services, asJson: boolean, setStatus: (status: number) => void): Command {
  const context = { io, services };
  const program = new Command('tidings')
    .description('Push notifications to browsers. Configuration is by environment variables: see .env.example.')
    .version(VERSION)
    .exitOverride()
    .configureOutput({
      writeOut: io.out,
      writeErr: io.err,
      // Commander puts a suggestion on a line of its own.
      outputError: (text, write) => write(asJson ? jsonLine('fatal', oneLine(text.trim())) : `${oneLine(text.trim())}\n`),
    })
    .helpCommand(false);

  const nodes = {
    serve: 'Runs the API and the delivery of messages in one process; without DATABASE_URL on an embedded database',
    api: 'Runs one API node on PostgreSQL and Redis',
    delivery: 'Runs one delivery node on PostgreSQL and Redis',
  } as const;
  for (const role of ['serve', 'api', 'delivery'] as const) {
    const command = child(program, role, nodes[role]);
    if (role !== 'serve') {
      command.option('--workers <n>', 'run as so many processes that share the port and count as one node', parseWorkers);
    }
    command.action(async (options) => setStatus(await runNode(context, role, options)));
  }

  child(program, 'migrate', 'Applies the migrations that the database lacks')
    .option('--status', 'only tell which are applied and which are missing')
    .action((options) => migrateCommand(context, options));

  const tenant = group(program, 'tenant', 'Manages tenants');
  child(tenant, 'create <name>', 'Creates a tenant').action((name, options) => createTenant(context, name, options));
  child(tenant, 'list', 'Lists all tenants').action((options) => listTenants(context, options));
  child(tenant, 'disable <name>', "Ends a tenant's keys and tokens, and keeps its data").action((name, options) =>
    disableTenant(context, name, options),
  );
  child(tenant, 'enable <name>', "Undoes 'tenant disable'")
    .option('--revoke-tokens', 'tokens that were issued before stay dead')
    .action((name, options) => enableTenant(context, name, options));
  addLimitOptions(child(tenant, 'limit <name>', 'Shows the limits of a tenant, and sets those that are given')).action(
    (name, options) => limitTenant(context, name, options),
  );
  child(tenant, 'delete <name>', 'Deletes a tenant with all that belongs to it')
    .option('--yes', 'confirms it')
    .action((name, options) => deleteTenant(context, name, options));

  child(program, 'audit', 'Prints who did what, newest first')
    .option('--tenant <name>', 'only of this tenant; all without it, also deleted ones')
    .option('--from <when>', 'not before this moment or day')
    .option('--to <when>', 'not after this moment or day')
    .option('--api-key-id <id>', 'only of this key')
    .option('--operation <name>', 'only this one, such as eraseRecipient or cli.tenant.disable')
    .option('--recipient <name>', 'only what touched this recipient; needs --tenant')
    .option('--limit <n>', 'entries, at most', parseLimit, 100)
    .action((options) => printAudit(context, options));

  const key = group(program, 'key', 'Manages API keys');
  child(key, 'create', 'Creates a key and shows it once')
    .requiredOption('--tenant <name>', 'the tenant it belongs to')
    .option('--role <role>', 'what it may do: full, push or support')
    .option('--show-text', 'with the role support: do not hide the texts of messages')
    .option('--scope <entries>', 'or that by hand, such as "websockets-manager-api:mutation:pushMessage"')
    .option('--name <name>', 'what it is for')
    .option('--expires <when>', 'a duration such as 90d, or a moment such as 2030-01-31T12:00:00Z')
    .action((options) => createKey(context, options));
  child(key, 'list', "Lists a tenant's keys")
    .requiredOption('--tenant <name>', 'the tenant')
    .action((options) => listKeys(context, options));
  child(key, 'revoke <id>', 'Revokes a key')
    .option('--descendants', 'also the keys that it made by the API, and those that they made')
    .action((id, options) => revokeKey(context, id, options));
  addUsage(program, context);
  addTransfer(program, tenant, child, context);
  addClientCommands({ io, program, child, group, parseLimit, setStatus });
  addDoctor(program, child, context, setStatus);
  return program;
}

function addUsage(program: Command, context: CliContext): void {
  child(program, 'usage', 'Prints what tenants used, by days or hours of UTC')
    .option('--tenant <name>', 'only this tenant')
    .option('--from <time>', 'a moment or a date, such as 2030-01-31 (default: 30 days ago, or a day ago for hours)')
    .option('--to <time>', 'likewise (default: now)')
    .option('--step <step>', '"day" or "hour"', parseStep, 'DAY')
    .option('--csv', 'print comma-separated values')
    .action((options) => printUsage(context, options));
}

const MAX_WORKERS = 128;

function parseWorkers(text: string): number {
  if (/^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= MAX_WORKERS) return Number(text);
  throw new InvalidArgumentError(`It must be a number from 1 to ${MAX_WORKERS}.`);
}

const MAX_ENTRIES = 100_000;

function parseLimit(text: string): number {
  if (/^\d{1,6}$/.test(text) && Number(text) >= 1 && Number(text) <= MAX_ENTRIES) return Number(text);
  throw new InvalidArgumentError(`It must be a number from 1 to ${MAX_ENTRIES}.`);
}

function parseStep(text: string): 'DAY' | 'HOUR' {
  const step = text.toUpperCase();
  if (step === 'DAY' || step === 'HOUR') return step;
  throw new InvalidArgumentError('It must be "day" or "hour".');
}

const inherit = (parent: Command, command: Command) => command.copyInheritedSettings(parent);

const group = (parent: Command, name: string, description: string) =>
  inherit(parent, parent.command(name).description(description)).helpCommand(false);

const child = (parent: Command, name: string, description: string): Command =>
  inherit(parent, parent.command(name).description(description)).option('--json', 'print JSON').allowExcessArguments(false);
