import { randomBytes, randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { withClient } from '../../../src/store/database/migrations.js';
import { until } from '../../support/index.js';
import type { FeedReader } from '../lib/feed/feed-reader.js';
import { judgeFeed, judgeReader, leftToTell, newestNumber } from '../lib/feed/feed-verdict.js';
import { startQueryReader } from '../lib/feed/query-reader.js';
import { startStreamReader } from '../lib/feed/stream-reader.js';
import { startWebhookReader } from '../lib/feed/webhook-reader.js';
import { quantile } from '../lib/ledger.js';
import type { Fault } from './fault.js';
import type { Stage } from './stage.js';
import { ms } from './table.js';

/** Expires after this, in milliseconds. */
const EXPIRES_MS = 5_000;
const NOTIFY_AFTER_S = 2;
const AWAY_MS = 3_000;
const BETWEEN_MS = 4_000;
const TERMINATIONS = 10;
/** An expiry is final after a minute, and written down within another half. */
const EXPIRED_WITHIN_MS = 120_000;
/** What is overdue is told within this, in milliseconds, where nothing is broken. */
const OVERDUE_WITHIN_MS = 5_000;

const PUSH = 'mutation ($input: MessageInput!) { pushMessage(input: $input) { item { id } } }';
const CANCEL = 'mutation ($ids: [ID!]) { cancelMessages(input: { ids: $ids }) { cancelled } }';
const ERASE = 'mutation ($name: String!) { eraseRecipient(input: { recipient: $name }) { erased } }';

/** Pushes beside the load what is recalled, overdue, erased, or expires; every call may fail at any time. */
class Beside {
  /** Ids of messages that nobody settles, whose answers came: OVERDUE is owed for each. */
  readonly overdue: string[] = [];
  /** Names of recipients whose erasure was answered. */
  readonly erased: string[] = [];
  readonly #running: Promise<void>;
  #stopped = false;

  constructor(private readonly stage: Stage) {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let n = 0; !this.#stopped; n++) {
      await Promise.allSettled([this.#recall(n), this.#wait(n), this.#erase(n), this.#raceForReceipt(n)]);
      await delay(50);
    }
  }

  async #push(recipients: readonly string[], more: object = {}): Promise<string[]> {
    const message = `beside ${recipients[0]}`;
    this.stage.ledger.tried(message);
    const { pushMessage } = await this.stage.installation.api.call<{ pushMessage: Array<{ item: { id: string } | null }> }>(
      PUSH,
      {
        input: { recipients, message, ...more },
      },
    );
    return pushMessage.flatMap(({ item }) => item?.id ?? []);
  }

  async #recall(n: number): Promise<void> {
    const ids = await this.#push([`recalled ${n}`, `recalled too ${n}`]);
    await this.stage.installation.api.call(CANCEL, { ids });
  }

  async #wait(n: number): Promise<void> {
    const expiresAt = new Date(Date.now() + EXPIRES_MS).toISOString();
    this.overdue.push(...(await this.#push([`waits ${n}`], { notifyAfter: NOTIFY_AFTER_S, expiresAt })));
    this.overdue.push(...(await this.#push([`waits on ${n}`], { notifyAfter: NOTIFY_AFTER_S })));
  }

  /** Recalls what is just being delivered: the receipt comes before or after. */
  async #raceForReceipt(n: number): Promise<void> {
    const { recipients, ledger, installation } = this.stage;
    const recipient = recipients[randomInt(recipients.length)] as string;
    const message = `raced ${n}`;
    ledger.tried(message);
    const input = { recipients: [recipient], message, notifyAfter: NOTIFY_AFTER_S };
    const { pushMessage } = await installation.api.call<{ pushMessage: Array<{ item: { id: string } | null }> }>(PUSH, { input });
    await installation.api.call(CANCEL, { ids: pushMessage.flatMap(({ item }) => item?.id ?? []) });
  }

  async #erase(n: number): Promise<void> {
    if (n % 5 !== 0) return;
    const name = `erased ${n}`;
    const ids = await this.#push([name], { notifyAfter: 1 });
    await this.stage.installation.api.call(CANCEL, { ids });
    await this.stage.installation.api.call(ERASE, { name });
    this.erased.push(name);
  }
}

/** Ends the backend that numbers in the middle of its transaction: it waits for a tenant that somebody holds. */
async function terminateNumbering(url: string): Promise<void> {
  await withClient(url, async (client) => {
    await client.query('BEGIN');
    await client.query('SELECT FROM status_feed_heads FOR UPDATE');
    await until('a backend to number', async () => {
      // Within a transaction PostgreSQL goes on showing what was there at the first look.
      await client.query('SELECT pg_stat_clear_snapshot()');
      const { rows } = await client.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE pid <> pg_backend_pid() AND wait_event_type = 'Lock' AND query LIKE '%numbered AS (%'`,
      );
      return rows.length > 0;
    });
    await client.query('ROLLBACK');
  });
}

async function attack(stage: Stage): Promise<void> {
  const { postgres, redis } = stage.servers;
  const { apiNodes, deliveryNodes } = stage.installation;
  for (const node of [...apiNodes, ...deliveryNodes]) {
    await node.kill();
    await stage.lasting(BETWEEN_MS);
    await node.restart();
  }
  // One API node stands still, perhaps while it numbers; the other goes on.
  apiNodes[0]?.pause();
  await stage.lasting(BETWEEN_MS);
  apiNodes[0]?.resume();
  for (let n = 0; n < TERMINATIONS; n++) {
    await terminateNumbering(stage.servers.databaseUrl);
    await stage.accepted(stage.pushesPerSecond / 2);
  }
  await redis.kill();
  await stage.lasting(AWAY_MS);
  await redis.restart();
  await postgres.kill();
  await stage.lasting(AWAY_MS);
  await postgres.restart();
  await stage.lasting(BETWEEN_MS);
}

let readers: readonly FeedReader[] = [];
/** Number of the newest event when all readers had begun. */
let begunAt = 0;
let beside: Beside | null = null;
let since = new Date();

async function finish(stage: Stage): Promise<void> {
  const { databaseUrl } = stage.servers;
  await beside?.stop();
  await until(
    'all expiries to be told',
    async () =>
      (await stage.installation.api.list({ status: 'CANCELLED' })).length > 0 && (await unsettledExpiries(databaseUrl)) === 0,
    EXPIRED_WITHIN_MS,
  );
  await until('everything to be numbered', async () => (await leftToTell(databaseUrl)) === 0, 30_000);
  await Promise.all(readers.map((reader) => reader.stop()));
}

const unsettledExpiries = (url: string) =>
  withClient(url, async (client) => {
    const { rows } = await client.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM messages WHERE status = 'PENDING' AND expires_at < now()`,
    );
    return rows[0]?.n ?? 0;
  });

async function judge(stage: Stage): Promise<void> {
  const { databaseUrl } = stage.servers;
  const verdict = await judgeFeed(databaseUrl, since);
  const none = (what: string, found: readonly string[]) =>
    stage.require(found.length === 0, `${found.length} ${what}: ${found.slice(0, 3).join('; ')}`);
  none('settlements without their event', verdict.missing);
  none('events without a settlement', verdict.invented);
  none('events twice', verdict.doubles);
  none('messages whose events are out of order', verdict.disordered);
  for (const reader of readers) await judgeOne(stage, reader);
  const told = await withClient(
    databaseUrl,
    async (client) =>
      (
        await client.query<{ message: string; late: number; kept: number }>(
          `SELECT message_id AS message, extract(epoch FROM recorded_at - at)::float8 * 1000 AS late FROM status_events WHERE type = 'OVERDUE'`,
        )
      ).rows,
  );
  const times = new Map<string, number>();
  for (const { message } of told) times.set(message, (times.get(message) ?? 0) + 1);
  const owed = beside?.overdue.filter((id) => !times.has(id)) ?? [];
  // One whose expiry came while nobody could look is not overdue any more.
  const expired = await expiredBeforeALook(databaseUrl, owed);
  none(
    'messages that were overdue and not told of',
    owed.filter((id) => !expired.has(id)),
  );
  none(
    'messages that were told of as overdue twice',
    [...times].flatMap(([id, n]) => (n > 1 ? [id] : [])),
  );
  const late = told.map((event) => event.late).sort((a, b) => a - b);
  stage.note(
    `${verdict.events} events, ${told.length} of them OVERDUE: p50 ${ms(quantile(late, 0.5))} after their moment, p99 ${ms(quantile(late, 0.99))}; ${beside?.erased.length} recipients erased`,
  );
  stage.require(quantile(late, 0.5) < OVERDUE_WITHIN_MS, 'OVERDUE came too late');
  const left = await withClient(databaseUrl, async (client) =>
    (
      await client.query<{ name: string }>('SELECT type || recipient AS name FROM status_events WHERE recipient = ANY ($1)', [
        beside?.erased ?? [],
      ])
    ).rows.map(({ name }) => name),
  );
  none('events of erased recipients', left);
}

async function judgeOne(stage: Stage, reader: FeedReader): Promise<void> {
  const { name, events, cameAt, breaches, story } = reader;
  const { missing, doubles, isInOrder } = await judgeReader(stage.servers.databaseUrl, reader, begunAt);
  stage.require(missing === 0, `the reader by ${name} missed ${missing} events`);
  stage.require(doubles === 0, `the reader by ${name} got ${doubles} events twice`);
  stage.require(isInOrder, `the reader by ${name} got events in another order`);
  for (const breach of breaches.slice(0, 3)) stage.require(false, `the reader by ${name}: ${breach}`);
  const lags = events
    .flatMap(({ type, at }, i) => (type === 'DELIVERED' ? [(cameAt[i] ?? 0) - Date.parse(at)] : []))
    .sort((a, b) => a - b);
  const [p50, p99] = [ms(quantile(lags, 0.5)), ms(quantile(lags, 0.99))];
  stage.note(`by ${name}: ${events.length} events, lag p50 ${p50}, p99 ${p99}, with outages; ${story}`);
}

const expiredBeforeALook = async (url: string, ids: readonly string[]): Promise<Set<string>> =>
  withClient(url, async (client) => {
    const { rows } = await client.query<{ id: string }>(
      `SELECT id FROM messages WHERE id = ANY ($1) AND expires_at IS NOT NULL AND status = 'CANCELLED'`,
      [ids],
    );
    return new Set(rows.map(({ id }) => id));
  });

/**
 * Kills everything that takes part in the feed, one after the other, beside pushes, globals, recalls, expiries
 * and erasures. The feed must tell what is stored, each settlement once.
 */
export const statusFeedKept: Fault = {
  name: 'status-feed',
  about:
    'API and delivery nodes, Redis, PostgreSQL and whoever numbers killed, beside readers by query, subscription and webhook',
  stage: {
    env: { SHUTDOWN_DELAY: '0s', SECRETS_KEY: randomBytes(32).toString('hex'), WEBHOOK_ALLOW: '127.0.0.1' },
    globalTtlMs: 20_000,
    erasures: true,
  },
  async run(stage) {
    const { api } = stage.installation;
    await api.call('mutation { setStatusFeed(enabled: true, globals: true) { enabled } }');
    since = await withClient(
      stage.servers.databaseUrl,
      async (client) => (await client.query<{ now: Date }>('SELECT now()')).rows[0]?.now ?? new Date(),
    );
    const urls = () => stage.installation.apiNodes.map(({ url }) => url);
    const webhook = await startWebhookReader(api, stage.servers.databaseUrl);
    readers = [startQueryReader(api), await startStreamReader(api, urls), webhook];
    begunAt = await newestNumber(stage.servers.databaseUrl);
    beside = new Beside(stage);
    await stage.accepted(3 * stage.pushesPerSecond);
    await attack(stage);
  },
  async settled(stage) {
    await finish(stage);
    await judge(stage);
  },
};
