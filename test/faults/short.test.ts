import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createDatabase, startRedis, type TestDatabase, type TestRedis, until } from '../support/index.js';
import type { Client } from './lib/client.js';
import { Installation } from './lib/installation.js';
import { Ledger } from './lib/ledger.js';
import { Load } from './lib/load.js';
import type { FaultNode } from './lib/node.js';

const RECIPIENTS = 40;

describe('nothing accepted is lost, and nothing called DELIVERED that no client has', () => {
  let database: TestDatabase;
  let redis: TestRedis;
  let installation: Installation;
  let ledger: Ledger;
  let clients: Client[];
  let load: Load;

  beforeAll(async () => {
    [database, redis] = await Promise.all([createDatabase(), startRedis()]);
    installation = await Installation.start({
      databaseUrl: database.url,
      redisUrl: redis.url,
      env: { SHUTDOWN_DELAY: '500ms', SHUTDOWN_SPREAD: '500ms' },
    });
  }, 60_000);
  afterAll(async () => {
    await installation?.stop();
    await Promise.all([redis?.stop(), database?.drop()]);
  });

  let run = 0;
  beforeEach(async () => {
    ledger = new Ledger();
    const recipients = Array.from({ length: RECIPIENTS }, (_, i) => `recipient ${run}.${i}`);
    run++;
    clients = [
      ...(await installation.connect(recipients.slice(0, RECIPIENTS / 2), ledger)),
      ...(await installation.connect(recipients.slice(RECIPIENTS / 2), ledger, 'tidings.v1')),
    ];
    load = new Load({ api: installation.api, ledger, recipients, pushesPerSecond: 75, globalEvery: 50 });
    load.start();
    await accepted(100);
  });
  afterEach(async () => {
    await load?.stop();
    await Promise.all((clients ?? []).map((client) => client.stop()));
    // Recipients of the next test are owed none of these.
    for (const id of ledger.globalIds) {
      await installation.api.call('mutation ($id: ID!) { cancelMessages(input: { globalMessageId: $id }) { cancelled } }', {
        id,
      });
    }
  });

  /** Resolves when that many more pushes have been answered. */
  async function accepted(more: number): Promise<void> {
    const goal = ledger.acceptedIds.length + more;
    await until('pushes to be accepted', () => ledger.acceptedIds.length >= goal);
  }

  /** Ends the load; all that it pushed must have arrived. */
  async function judge() {
    const endedAt = performance.now();
    const report = await load.stop();
    const verdict = await installation.judge(ledger, endedAt);
    expect(verdict).toMatchObject({ lost: [], falselyDelivered: [], repeatsOnOneConnection: 0, unknownTexts: 0 });
    expect(report.unanswered).toBe(0);
    expect(await installation.usageDifferences()).toEqual([]);
    return { report, verdict };
  }

  it('when a delivery node is killed and comes back', async () => {
    const [victim] = installation.deliveryNodes;
    await victim?.kill();
    await accepted(100);
    await victim?.restart();
    await accepted(50);
    await judge();
  }, 60_000);

  it('when an API node is killed in the middle of calls, each of which counts exactly once', async () => {
    const [victim] = installation.apiNodes;
    await victim?.kill();
    await accepted(100);
    await victim?.restart();
    await judge();
    const texts = (await installation.api.list({})).filter((row) => row.globalMessageId === null).map((row) => row.message);
    expect(texts).toHaveLength(new Set(texts).size);
  }, 60_000);

  it('when Redis is killed and restarted, and pushes go on being accepted', async () => {
    await redis.kill();
    await accepted(100);
    await redis.restart();
    await accepted(50);
    const { report } = await judge();
    expect(report.refusals).toEqual({});
  }, 60_000);

  it('when Redis is paused', async () => {
    redis.pause();
    await accepted(150);
    redis.resume();
    await accepted(50);
    const { report } = await judge();
    expect(report.refusals).toEqual({});
  }, 60_000);

  it('when every node is restarted in turn, without a repeat', async () => {
    const { apiNodes, deliveryNodes } = installation;
    const restart = async (node: FaultNode | undefined) => {
      expect((await node?.terminate())?.status).toBe(0);
      await node?.restart();
    };
    for (const [i, api] of apiNodes.entries()) await Promise.all([restart(api), restart(deliveryNodes[i])]);
    const { verdict } = await judge();
    expect(verdict.repeats).toBe(0);
  }, 120_000);
});
