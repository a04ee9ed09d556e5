import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { newApiKey } from '../../../src/core/domain/api-key.js';
import { FULL_SCOPE } from '../../../src/core/domain/roles.js';
import { until } from '../../support/index.js';
import { Api } from '../lib/api.js';
import { rowsDeleted } from '../lib/figures.js';
import { quantile } from '../lib/ledger.js';
import type { Fault } from './fault.js';
import type { Stage } from './stage.js';
import { ms } from './table.js';
import { openStore } from './tables.fault.js';

const OLD_ROWS = 300_000;
const TEXT = 'x'.repeat(200);
/**
 * Runs the load for this long before old messages exist, to compare it with the load beside their deletion,
 * in milliseconds.
 */
const BEFORE_MS = 10_000;
/** Nodes look for work every 10 to 15 s. */
const DELETED_WITHIN_MS = 120_000;
const CALLERS = 8;
const RECIPIENTS_A_CALL = 100;
/** Counts recipients of the callers' tenant. None is connected: a message waits for somebody who is away. */
const RECIPIENTS = 10_000;

/**
 * Allows the p99 of pushes to double while old messages are deleted, or to rise by this many milliseconds
 * if that is more.
 */
const SLOWER = { times: 2, orMs: 50 };

/** Holds figures of pushes that were answered in a span. */
interface Answered {
  p50: number;
  p99: number;
  /** Counts accepted messages. */
  rows: number;
}

type AnsweredBetween = (from: number, to: number) => Answered;

/**
 * Deletes messages past the retention while others come: a few, and as many as callers of 100 at once can
 * push.
 */
export const retention: Fault = {
  name: 'retention',
  about: `twice ${OLD_ROWS / 1000} k messages past their retention are deleted while others are pushed, few and many`,
  stage: { clients: 100, pushesPerSecond: 200, away: 0 },
  async run(stage) {
    await deletedBeside(stage, `${stage.pushesPerSecond} pushes a second`, (from, to) => {
      const rows = stage.load.attempts.filter(({ begunAt, result }) => begunAt >= from && begunAt < to && result === 'OK').length;
      return { ...stage.answerMs(from, to), rows };
    });
    const callers = await startCallers(stage);
    stage.atEnd(callers.stop);
    await deletedBeside(stage, `${CALLERS} callers of ${RECIPIENTS_A_CALL} recipients`, callers.answered);
    await callers.stop();
  },
};

async function deletedBeside(stage: Stage, beside: string, answered: AnsweredBetween): Promise<void> {
  const show = await insertOld(stage.servers.databaseUrl);
  const began = performance.now();
  await stage.lasting(BEFORE_MS);
  const before = answered(began, performance.now());
  const known = await rowsDeleted(stage.installation.nodes);
  await show();
  let from = performance.now();
  await until(
    'the old messages to be deleted',
    async () => {
      const asked = performance.now();
      await stage.lasting(250);
      const deleted = (await rowsDeleted(stage.installation.nodes)) - known;
      // The span begins when the first are deleted: nodes may rest when they come.
      if (deleted === 0) from = asked;
      return deleted >= OLD_ROWS;
    },
    DELETED_WITHIN_MS,
  );
  const to = performance.now();
  const during = answered(from, to);
  const perSecond = (rows: number, spanMs: number) => Math.round((rows * 1000) / spanMs);
  const [deleted, accepted] = [perSecond(OLD_ROWS, to - from), perSecond(during.rows, to - from)];
  stage.note(
    `beside ${beside}: ${deleted} deleted and ${accepted} accepted a second (${perSecond(before.rows, BEFORE_MS)} before); ` +
      `p50 ${ms(before.p50)} before, ${ms(during.p50)} meanwhile, p99 ${ms(before.p99)}, ${ms(during.p99)}`,
  );
  stage.require(deleted >= accepted, `beside ${beside} ${deleted} a second are deleted and ${accepted} arrive`);
  const most = Math.max(before.p99 * SLOWER.times, before.p99 + SLOWER.orMs);
  stage.require(during.p99 <= most, `beside ${beside} p99 of pushes rose from ${ms(before.p99)} to ${ms(during.p99)}`);
}

/** Inserts messages past their retention. They are invisible until the returned function is called. */
async function insertOld(url: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: url });
  // The servers may end before it does, where something else has failed.
  client.on('error', () => {});
  await client.connect();
  await client.query('BEGIN');
  await client.query(
    `INSERT INTO messages (tenant_id, id, recipient, message, created_at, status, receipt, delivered_at)
     SELECT t.id, message_id((extract(epoch FROM at) * 1000)::bigint, nextval('message_seq')), 'r' || n % 10000, $1, at, 'DELIVERED', 'PONG', at
     FROM (SELECT id FROM tenants WHERE name = 'default') AS t,
       LATERAL (SELECT n, date_trunc('milliseconds', now() - interval '31 days' + n * interval '1 ms') AS at
         FROM generate_series(1, ${OLD_ROWS}) AS n) AS s`,
    [TEXT],
  );
  return async () => {
    await client.query('COMMIT');
    await client.end();
  };
}

/** Runs a tenant's callers, each with one push at a time. */
async function startCallers(stage: Stage): Promise<{ answered: AnsweredBetween; stop: () => Promise<void> }> {
  const { store, tenantId } = await openStore(stage);
  const { key, hash, prefix } = newApiKey();
  await store.createKey({ tenantId, hash, prefix, name: 'callers', scope: FULL_SCOPE, expiresAt: null });
  const api = new Api(() => stage.installation.apiNodes.map(({ url }) => url), key);
  const calls: Array<{ begunAt: number; ms: number }> = [];
  let [stopped, next] = [false, 0];
  const caller = async () => {
    while (!stopped) {
      const recipients = Array.from({ length: RECIPIENTS_A_CALL }, () => `away ${next++ % RECIPIENTS}`);
      const begunAt = performance.now();
      await api.call('mutation ($input: MessageInput!) { pushMessage(input: $input) { error { code } } }', {
        input: { recipients, message: TEXT },
      });
      calls.push({ begunAt, ms: performance.now() - begunAt });
    }
  };
  const callers = Promise.all(Array.from({ length: CALLERS }, caller));
  // Whoever waits for the end sees the failure.
  callers.catch(() => {});
  await delay(2_000);
  return {
    answered(from, to) {
      const times = calls.filter(({ begunAt }) => begunAt >= from && begunAt < to).map((call) => call.ms);
      times.sort((a, b) => a - b);
      return { p50: quantile(times, 0.5), p99: quantile(times, 0.99), rows: times.length * RECIPIENTS_A_CALL };
    },
    async stop() {
      stopped = true;
      await callers;
    },
  };
}
