import type { PushMessageResult, Tidings } from '../../../packages/sdk/src/index.js';
import { CommandFailed } from '../../app/command-failed.js';
import type { Io } from '../io.js';
import { print, table } from '../print.js';
import { readExpiry } from './expiry-option.js';
import { type ClientOptions, untilStopped, withClient } from './open-client.js';
import { untilSettled, type Watched } from './settlement-watch.js';
import { WrongUse } from './wrong-use.js';

interface PushOptions extends ClientOptions {
  to?: string[];
  global?: boolean;
  message: string;
  topic?: string;
  expires?: string;
  idempotencyKey?: string;
  wait?: boolean;
}

/** Exit status of `--wait` where a message was cancelled. */
const CANCELLED = 3;

/** Pushes a text to recipients, or to everybody. Returns the exit status. */
export async function push(io: Io, options: PushOptions): Promise<number> {
  const { to, global = false, wait = false, json = false, topic, expires, idempotencyKey } = options;
  if (global === (to !== undefined)) throw new WrongUse('say to whom: either --to NAME…, or --global for everybody');
  if (global && wait)
    throw new WrongUse('--wait cannot be given with --global, which has no end: "tidings messages" tells who got it');
  const expiresAt = expires === undefined ? null : readExpiry(expires, Date.now());
  const message = options.message === '-' ? await readText(io) : options.message;
  const given = { message, topic: topic ?? null, expiresAt, idempotencyKey: idempotencyKey ?? null };
  return withClient(io, options, async (tidings) => {
    if (to === undefined) {
      const pushed = await tidings.pushGlobalMessage(given);
      print(io, json, pushed, [`pushed global message ${pushed.id}`]);
      return 0;
    }
    const entries = await tidings.pushMessage({ ...given, recipients: to });
    const failed = entries.some(({ error }) => error !== null);
    if (wait) return waitFor(tidings, io, entries, json);
    printEntries(io, json, to, entries);
    return failed ? 1 : 0;
  });
}

/** Reads the text from standard input, without the line break at its end. */
async function readText(io: Io): Promise<string> {
  return (await io.readInput()).replace(/\r?\n$/, '');
}

function printEntries(io: Io, json: boolean, to: readonly string[], entries: readonly PushMessageResult[]): void {
  const rows = entries.map(({ index, item, error }) => [
    item?.recipient ?? to[index] ?? null,
    item?.id ?? null,
    item?.status ?? null,
    error === null ? null : `${error.code}: ${error.message}`,
  ]);
  print(io, json, entries, table(['RECIPIENT', 'ID', 'STATUS', 'ERROR'], rows));
}

async function waitFor(tidings: Tidings, io: Io, entries: readonly PushMessageResult[], json: boolean): Promise<number> {
  for (const { error } of entries) if (error !== null) io.err(`tidings: ${error.code}: ${error.message}\n`);
  const ids = entries.flatMap(({ item }) => (item === null ? [] : [item.id]));
  const settled = await untilStopped(io, (stop) => untilSettled(tidings, io, ids, stop));
  if (settled === null)
    throw new CommandFailed('no longer waited for; what is PENDING stays so until it is delivered or expires');
  const found = ids.map((id) => settled.get(id) ?? null);
  const rows = ids.map((id, index) => rowOf(id, found[index] ?? null));
  print(io, json, found, table(['RECIPIENT', 'ID', 'STATUS', 'BY', 'AT'], rows));
  if (found.some((message) => message?.status === 'CANCELLED')) return CANCELLED;
  const areDelivered = found.length === entries.length && found.every((message) => message?.status === 'DELIVERED');
  return areDelivered ? 0 : 1;
}

const rowOf = (id: string, message: Watched | null) =>
  message === null
    ? [null, id, 'GONE', null, null]
    : [
        ...[message.recipient, id, message.status],
        message.status === 'DELIVERED' ? message.receipt : message.cancelReason,
        message.status === 'DELIVERED' ? message.deliveredAt : message.cancelledAt,
      ];
