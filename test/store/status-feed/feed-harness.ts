import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll } from '@jest/globals';
import pg from 'pg';
import type { StatusEvent } from '../../../src/core/domain/status-feed/status-event.js';
import type { Receipt } from '../../../src/core/ports/stores/delivery-store.js';
import type { StatusEventQuery } from '../../../src/core/ports/stores/feed/status-feed-store.js';
import type { Store } from '../../../src/store/index.js';
import { createDatabase, type TestDatabase } from '../../support/index.js';
import { openStore } from '../open.js';

export const EVERYTHING: StatusEventQuery = { types: null, recipient: null, topic: null, globalMessageId: null, globals: null };
export const NOTHING_GIVEN = { ids: null, recipient: null, globalMessageId: null, topic: null };

/** Two nodes on one database. */
export interface FeedHarness {
  readonly url: string;
  readonly a: Store;
  readonly b: Store;
  sql<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Makes a tenant whose feed is on. */
  tenant(globals?: boolean): Promise<string>;
  receipt(tenantId: string, rowId: string | undefined, rest?: Partial<Receipt>): Receipt;
}

/** Opens a database of its own for the tests of a file. */
export function useFeed(): () => FeedHarness {
  let database: TestDatabase;
  let pool: pg.Pool;
  let harness: FeedHarness;
  beforeAll(async () => {
    database = await createDatabase();
    pool = new pg.Pool({ connectionString: database.url, max: 4 });
    pool.on('error', () => {});
    const [a, b] = await Promise.all([openStore(database.url), openStore(database.url)]);
    harness = {
      url: database.url,
      a,
      b,
      sql: async (text, values = []) => (await pool.query(text, [...values])).rows,
      async tenant(globals = false) {
        const { id } = await a.createTenant(`tenant ${randomUUID()}`);
        await a.setStatusFeed(id, { enabled: true, globals });
        return id;
      },
      receipt: (tenantId, rowId, rest = {}) => ({ tenantId, rowId: rowId ?? '', kind: 'PONG', at: a.clock.now(), ...rest }),
    };
  });
  afterAll(async () => {
    await Promise.all([harness.a.close(), harness.b.close()]);
    await pool.end();
    await database.drop();
  });
  return () => harness;
}

/** Numbers all that has come in. */
export async function numberAll(store: Store): Promise<void> {
  for (;;) {
    const step = await store.numberStatusEvents();
    if (step !== null && !step.more && step.numbered === 0) return;
  }
}

/** Reads the whole feed by pages. */
export async function readAll(
  store: Store,
  tenantId: string,
  query: Partial<StatusEventQuery> = {},
  limit = 100,
): Promise<StatusEvent[]> {
  const events: StatusEvent[] = [];
  for (let after: string | null = null; ; ) {
    const page = await store.readStatusEvents(tenantId, { ...EVERYTHING, ...query }, after, limit);
    events.push(...page.items);
    if (!page.more) return events;
    after = page.next;
  }
}

/** Numbers, and says what each event tells: `<type> <message>`. */
export async function told(
  store: Store,
  tenantId: string,
  names: Readonly<Record<string, string | undefined>> = {},
): Promise<string[]> {
  await numberAll(store);
  const byId = new Map(Object.entries(names).map(([name, id]) => [id, name]));
  return (await readAll(store, tenantId)).map(({ type, messageId }) => `${type} ${byId.get(messageId) ?? messageId}`);
}
