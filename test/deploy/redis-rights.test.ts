import { afterEach, describe, expect, it } from '@jest/globals';
import { createRedisBus } from '../../src/bus/redis-bus.js';
import { silentLogger } from '../../src/core/ports/logger.js';
import { recipientChannel } from '../../src/core/ports/message-bus.js';
import { noMetrics } from '../../src/core/ports/metrics.js';
import { systemTimers } from '../../src/lib/time/timers.js';
import { RedisLimitServer } from '../../src/limits/redis/redis-limit-server.js';
import { RedisEventStream } from '../../src/live/streams/redis-event-stream.js';
import { onServer, startCluster } from '../bus/cluster.js';
import { Inbox, textEvent } from '../contract/message-bus.js';
import { newEvent } from '../live/support.js';
import { printedBlock } from '../support/documents.js';
import { startRedis, until } from '../support/index.js';

const TENANT = '018f3f6e-0000-7000-8000-000000000001';
const lines = printedBlock('docs/operations.md', '')
  .trimEnd()
  .split('\n')
  .map((line) => line.split(' ').slice(1));

const closing: Array<() => Promise<void>> = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const places: Array<[string, number, () => Promise<number[]>]> = [
  [
    'one server',
    1,
    async () => {
      const redis = await startRedis();
      closing.push(() => redis.stop());
      return [redis.port];
    },
  ],
  [
    'a cluster',
    2,
    async () => {
      const cluster = await startCluster();
      closing.push(() => cluster.stop());
      return cluster.nodes.map(({ port }) => port);
    },
  ],
];

describe("the operators' document", () => {
  it.each(places)('names the rights that a user needs on %s, and none is missed', async (_, count, start) => {
    const ports = await start();
    expect(lines).toHaveLength(2);
    for (const port of ports)
      for (const words of lines.slice(0, count)) await onServer(port, (admin) => admin.call('ACL', ...words));

    const url = ports.map((port) => `redis://tidings:PASSWORD@127.0.0.1:${port}`).join(',');
    const bus = createRedisBus({ url, prefix: 'tidings', metrics: noMetrics, logger: silentLogger });
    closing.push(() => bus.close());
    const bounds = { maxAgeMs: 120_000, maxEvents: 3, maxBytes: 1024 * 1024 };
    const clock = { now: () => Date.now() };
    const stream = new RedisEventStream({ url, prefix: 'tidings', clock, bounds, logger: silentLogger });
    closing.push(() => stream.close());
    const { logger, timers } = { logger: silentLogger, timers: systemTimers };
    const limits = new RedisLimitServer({ url, prefix: 'tidings', servesApi: true, logger, timers });
    closing.push(() => limits.close());
    await until('all to be connected', () => bus.available && stream.available && limits.usable);

    const inbox = new Inbox();
    const channels = Array.from({ length: 50 }, (_, i) => recipientChannel(TENANT, `${i}`));
    const subscriptions = await Promise.all(channels.map((channel) => bus.subscribe(channel, inbox.handler)));
    await bus.publish(channels.map((channel) => ({ channel, event: textEvent('one') })));
    await inbox.until(50);
    for (const subscription of subscriptions) subscription.close();

    const ids = [];
    // More than the stream keeps: it drops what is old.
    for (let n = 0; n < 10; n++) ids.push(...(await stream.append(TENANT, [newEvent({ topic: 'a:1', data: { n } })])));
    expect(new Set(ids).size).toBe(10);

    const heard = new Promise<readonly string[]>((heard) => limits.watch({ mine: () => [TENANT], heard }));
    expect(await heard).toContain(TENANT);
    const bucket = { policy: 'requests' as const, rate: 1, supposed: 10, taken: 0 };
    expect((await limits.exchange(TENANT, [bucket], [{ requests: 1 }])).refusals).toEqual([null]);
    expect(await limits.report(TENANT, 1)).toBe(0);
    await limits.close();
    for (const port of ports) expect(await onServer(port, (admin) => admin.call('ACL', 'LOG'))).toEqual([]);
  });
});
