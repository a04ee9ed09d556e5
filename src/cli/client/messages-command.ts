import { setTimeout as delay } from 'node:timers/promises';
import type { Message, MessagesFilter, Tidings } from '../../../packages/sdk/src/index.js';
import type { Io } from '../io.js';
import { print, table } from '../print.js';
import { type ClientOptions, untilStopped, withClient } from './open-client.js';

interface MessagesOptions extends ClientOptions {
  recipient?: string;
  globalMessageId?: string;
  topic?: string;
  status?: string;
  receipt?: string;
  cancelReason?: string;
  createdAtFrom?: string;
  createdAtTo?: string;
  expiresAtFrom?: string;
  expiresAtTo?: string;
  deliveredAtFrom?: string;
  deliveredAtTo?: string;
  limit: number;
  follow?: boolean;
  why?: boolean;
}

const PAGE = 1_000;
/** A page with reasons: one document may ask for those of 100 messages. */
const PAGE_WITH_REASONS = 100;
const SHOWN_CHARS = 60;
const PAUSE_MS = 1_000;
/** Looks so far back for messages whose rows became visible late, in milliseconds. */
const OVERLAP_MS = 30_000;
/** Remembers so many of the messages that it has shown. */
const REMEMBERED = 20_000;

/** Lists messages, newest first; or shows the latest, and then each that comes or changes. */
export async function printMessages(io: Io, options: MessagesOptions): Promise<void> {
  const filter = filterOf(options);
  await withClient(io, options, async (tidings) => {
    if (options.follow) {
      await untilStopped(io, (stop) => follow(tidings, io, options, filter, stop));
      return;
    }
    const messages = await readMessages(tidings, filter, options);
    const header = ['CREATED', 'ID', 'RECIPIENT', 'STATUS', 'BY', 'TOPIC', options.why ? 'WHY IT WAITS' : 'MESSAGE'];
    const rows = messages.map((message) => cellsOf(message, options.why === true));
    print(io, options.json ?? false, messages, rows.length === 0 ? ['there are no such messages'] : table(header, rows));
  });
}

function filterOf(options: MessagesOptions): MessagesFilter {
  const range = (from: string | undefined, to: string | undefined) =>
    from === undefined && to === undefined ? null : { from: from ?? null, to: to ?? null };
  const { recipient = null, globalMessageId = null, topic = null } = options;
  return {
    ...{ recipient, globalMessageId, topic },
    // The service knows its words, and says which are none.
    status: (options.status?.toUpperCase() as MessagesFilter['status']) ?? null,
    receipt: (options.receipt?.toUpperCase() as MessagesFilter['receipt']) ?? null,
    cancelReason: (options.cancelReason?.toUpperCase() as MessagesFilter['cancelReason']) ?? null,
    createdAt: range(options.createdAtFrom, options.createdAtTo),
    expiresAt: range(options.expiresAtFrom, options.expiresAtTo),
    deliveredAt: range(options.deliveredAtFrom, options.deliveredAtTo),
  };
}

async function readMessages(
  tidings: Tidings,
  filter: MessagesFilter,
  { limit, why = false }: Pick<MessagesOptions, 'limit' | 'why'>,
  signal?: AbortSignal,
): Promise<Message[]> {
  const found: Message[] = [];
  const page = Math.min(limit, why ? PAGE_WITH_REASONS : PAGE);
  const call = { include: why ? (['pendingReason'] as const) : [], ...(signal ? { signal } : {}) };
  for await (const message of tidings.messages({ filter, limit: page }, call)) {
    found.push(message);
    if (found.length >= limit) break;
  }
  return found;
}

/** Shows messages as they come and change; each state of a message once. */
class FollowedMessages {
  readonly #seen = new Map<string, string>();
  /** Those that may still change. */
  readonly pending = new Set<string>();
  /** When the newest was accepted, in milliseconds; 0 if there is none. */
  newest = 0;

  constructor(private readonly print: (message: Message) => void) {}

  show(messages: readonly Message[]): void {
    for (const message of messages) this.#showOne(message);
    for (const id of this.#seen.keys()) if (this.#seen.size > REMEMBERED) this.#seen.delete(id);
  }

  #showOne(message: Message): void {
    const { id, status, receipt, cancelReason, createdAt } = message;
    const state = [status, receipt, cancelReason].join();
    if (status === 'PENDING') this.pending.add(id);
    else this.pending.delete(id);
    this.newest = Math.max(this.newest, Date.parse(createdAt));
    if (this.#seen.get(id) === state) return;
    this.#seen.delete(id);
    this.#seen.set(id, state);
    this.print(message);
  }
}

async function follow(
  tidings: Tidings,
  io: Io,
  options: MessagesOptions,
  filter: MessagesFilter,
  stop: AbortSignal,
): Promise<void> {
  const followed = new FollowedMessages((message) => io.out(`${options.json ? JSON.stringify(message) : lineOf(message)}\n`));
  followed.show((await readMessages(tidings, filter, options, stop)).reverse());
  while (true) {
    await delay(PAUSE_MS, undefined, { signal: stop });
    const { newest, pending } = followed;
    const from = new Date(Math.max(0, newest - OVERLAP_MS)).toISOString();
    const createdAt = newest === 0 ? (filter.createdAt ?? null) : { from, to: filter.createdAt?.to ?? null };
    const late = await readMessages(tidings, { ...filter, createdAt }, { ...options, limit: REMEMBERED }, stop);
    followed.show(late.reverse());
    followed.show(await readChanged(tidings, pending, late, stop));
  }
}

/** Asks for those that were pending when they were shown, the latest of them, and are older than what was just read. */
async function readChanged(
  tidings: Tidings,
  pending: Set<string>,
  read: readonly Message[],
  signal: AbortSignal,
): Promise<Message[]> {
  const fresh = new Set(read.map(({ id }) => id));
  const ids = [...pending].filter((id) => !fresh.has(id)).slice(-PAGE_WITH_REASONS);
  const found = await Promise.all(ids.map((id) => tidings.message({ id }, { signal })));
  for (const [index, id] of ids.entries()) if (!found[index]) pending.delete(id);
  return found.filter((message) => message !== null);
}

const byOf = ({ receipt, cancelReason }: Message) => [cancelReason, receipt].filter(Boolean).join(', ') || null;

function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > SHOWN_CHARS ? `${line.slice(0, SHOWN_CHARS - 1)}…` : line;
}

const cellsOf = (message: Message, why: boolean) => [
  ...[message.createdAt, message.id, message.recipient, message.status, byOf(message), message.topic],
  why ? (message.pendingReason?.text ?? null) : shortened(message.message),
];

const lineOf = (message: Message) =>
  cellsOf(message, false)
    .map((cell) => cell ?? '-')
    .join('  ');
