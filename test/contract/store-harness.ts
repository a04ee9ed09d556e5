import { randomUUID } from 'node:crypto';
import type { Message } from '../../src/core/domain/message.js';
import type { Idempotency, PushCall, PushEntry } from '../../src/core/ports/stores/push-store.js';
import type { MessageQuery } from '../../src/core/ports/stores/query-store.js';
import type { Store, StoreOptions } from '../../src/store/index.js';

/** Holds a database of its own, and opens as many stores on it as a test wants: each stands for a node. */
export interface StoreHarness {
  open(options?: Partial<StoreOptions>): Promise<Store>;
  /** Asks the database itself, for what no interface offers: rows of the past. */
  sql<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Runs a statement on a connection of its own, which stays open until `release` runs the other one. */
  hold(statement: string, end: string): Promise<{ release(): Promise<void> }>;
  /** Waits until so many sessions of this database wait for locks. */
  untilWaiting(sessions: number): Promise<void>;
  close(): Promise<void>;
}

export const DAY_MS = 24 * 60 * 60 * 1000;
export const HOUR_MS = 60 * 60 * 1000;

/** Makes the id of a tenant that no other test has. */
export const someTenant = (): string => randomUUID();

export function pushCall(tenantId: string, recipients: string | readonly string[], rest: Partial<PushCall> = {}): PushCall {
  const names = typeof recipients === 'string' ? [recipients] : recipients;
  return {
    tenantId,
    recipients: names.map((recipient, index) => ({ index, recipient })),
    refused: [],
    message: 'hello',
    topic: null,
    expiresAt: null,
    idempotency: null,
    ...rest,
  };
}

/** Pushes, and returns the ids of the messages. */
export async function push(store: Store, ...args: Parameters<typeof pushCall>): Promise<string[]> {
  const { entries } = await store.push(pushCall(...args));
  return entries.map((entry) => itemOf(entry).id);
}

export function itemOf(entry: PushEntry | undefined): Message {
  if (!entry?.item) throw new Error(`no item: ${JSON.stringify(entry)}`);
  return entry.item;
}

export async function messageOf(store: Store, tenantId: string, id: string | undefined): Promise<Message> {
  const found = await store.findMessage(tenantId, id ?? '');
  if (!found) throw new Error(`no message ${id}`);
  return found;
}

export const someKey = (key: string, input = 'input'): Idempotency => ({ key, inputHash: Buffer.alloc(32, input) });

export const anything: MessageQuery = {
  recipient: null,
  globalMessageId: null,
  topic: null,
  status: null,
  createdAt: null,
  expiresAt: null,
  receipt: undefined,
  cancelReason: undefined,
  deliveredAt: undefined,
};

/** Reads the ids of all pending messages of a recipient, page by page. */
export async function drain(
  store: Store,
  tenantId: string,
  recipient: string,
  topic: string | null = null,
  limit = 100,
): Promise<string[]> {
  const ids: string[] = [];
  for (let after: string | null = null; ; ) {
    const page = await store.pending({ tenantId, recipient, topic, after, limit, maxBytes: 1024 * 1024 });
    ids.push(...page.messages.map(({ rowId }) => rowId));
    if (!page.more) return ids;
    after = page.messages.at(-1)?.rowId ?? null;
  }
}

/** Walks through the pages, and returns all ids that they show. */
export async function walk(store: Store, tenantId: string, query: Partial<MessageQuery>, limit = 100): Promise<string[]> {
  const ids: string[] = [];
  for (let after: string | null = null; ; ) {
    const page = await store.listMessages(tenantId, { ...anything, ...query }, after, limit);
    ids.push(...page.items.map(({ id }) => id));
    if (page.next === null) return ids;
    after = page.next;
  }
}
