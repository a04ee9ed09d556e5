import { noSuchTenant } from '../../app/no-such-tenant.js';
import type { OnProgress, Transferred } from '../../app/transfer.js';
import { backup, exportTenant, importTenant, restore } from '../../app/transfer.js';
import { systemTimers, type Timers } from '../../lib/time/timers.js';
import { type CliContext, commandLog, readConfig, withConfiguredDatabase, withTenancy } from '../cli-context.js';
import type { Command } from '../command.js';
import type { Io } from '../io.js';
import { print } from '../print.js';

interface Options {
  json?: boolean;
}

/** Tells how far it is at most this often, in milliseconds. */
const PROGRESS_MS = 1_000;

/** Says how far it is on standard error: for people, or as JSON where the answer is JSON, too. */
function progressOn(io: Io, json: boolean, timers: Pick<Timers, 'now'> = systemTimers): OnProgress {
  let toldAt = timers.now();
  return (table, rows) => {
    const now = timers.now();
    if (now - toldAt < PROGRESS_MS) return;
    toldAt = now;
    io.err(json ? `${JSON.stringify({ table, rows })}\n` : `tidings: ${table}: ${rows.toLocaleString('en')} rows\n`);
  };
}

const inAll = ({ rows }: Transferred) =>
  Object.values(rows)
    .reduce((sum, count) => sum + count, 0)
    .toLocaleString('en');

async function runBackup(context: CliContext, file: string, { json = false }: Options): Promise<void> {
  const { io } = context;
  const done = await withConfiguredDatabase(context, (config) => backup(config, { file, onProgress: progressOn(io, json) }));
  print(io, json, done, [
    `wrote ${inAll(done)} rows, as they were at ${done.at}, to ${file}`,
    'It has neither TOKEN_SECRET nor SECRETS_KEY: keep those apart from it (embedded: the files of DATA_DIR beside "postgres").',
  ]);
}

async function runRestore({ io }: CliContext, file: string, { json = false }: Options): Promise<void> {
  const { config, logger } = readConfig('command', io);
  if (config.store.databaseUrl === null) commandLog(io, logger).say(`using the embedded database in DATA_DIR ${config.dataDir}`);
  const done = await restore(config, logger, { file, onProgress: progressOn(io, json) });
  print(io, json, done, [
    `restored ${inAll(done)} rows, as they were at ${done.at}`,
    'All tokens that were issued before are dead. What was erased, revoked or delivered since then is as it was before:',
    'erase, revoke and recall again what must not come back, and expect messages that were delivered since to be delivered again.',
  ]);
}

async function runExport(context: CliContext, name: string, file: string, { json = false }: Options): Promise<void> {
  const { io } = context;
  const done = await withTenancy(context, async ({ tenants, audit, audited }, config) => {
    const found = await tenants.findTenant(name);
    if (!found) throw await noSuchTenant(name, tenants);
    return audited('tenant.export', { names: { tenant: name } }, async (note) => {
      note.tenantId = found.id;
      const onProgress = progressOn(io, json);
      const written = await exportTenant(config, { file, tenant: name, onProgress, wait: (ms) => waitFor(io, ms) });
      await audit.closeNote(note, 'DONE', null);
      return written;
    });
  });
  print(io, json, done, [
    `wrote ${inAll(done)} rows of tenant "${name}", as they were at ${done.at}, to ${file}`,
    'It has no secrets of webhooks: they are made anew where it is imported.',
  ]);
}

function waitFor(io: Io, ms: number): Promise<void> {
  io.err(`tidings: waiting ${Math.ceil(ms / 1000)} s until every node has heard that the tenant is disabled\n`);
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function runImport(context: CliContext, file: string, { json = false }: Options): Promise<void> {
  const { io } = context;
  const done = await withConfiguredDatabase(context, (config) =>
    importTenant(config, { file, onProgress: progressOn(io, json) }),
  );
  const name = done.tenant?.name ?? '';
  print(io, json, done, [
    `imported tenant "${name}" with ${inAll(done)} rows, as they were at ${done.at}`,
    `All tokens that were issued before are dead. One that was disabled still is: run "tidings tenant enable" once it may serve.`,
  ]);
}

type Child = (parent: Command, name: string, description: string) => Command;

/** Adds the commands that move data between databases and files. */
export function addTransfer(program: Command, tenant: Command, child: Child, context: CliContext): void {
  child(program, 'backup <file>', 'Writes all data into a new file, while nodes run').action((file, options) =>
    runBackup(context, file, options),
  );
  child(program, 'restore <file>', 'Loads a back-up into a database without tenants').action((file, options) =>
    runRestore(context, file, options),
  );
  child(tenant, 'export <name> <file>', 'Writes a tenant with all that is its own into a new file, as JSON lines').action(
    (name, file, options) => runExport(context, name, file, options),
  );
  child(tenant, 'import <file>', 'Loads an exported tenant beside those that are there').action((file, options) =>
    runImport(context, file, options),
  );
}
