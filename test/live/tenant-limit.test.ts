import { afterEach, describe, expect, it } from '@jest/globals';
import { NO_LIMITS } from '../../src/core/domain/tenant-limits.js';
import { noMetrics } from '../../src/core/ports/metrics.js';
import { LimitedTenants } from '../../src/limits/limited-tenants.js';
import { TurnedTimers } from '../support/turned-timers.js';
import { createTestNode, TENANT, type TestNode } from './node.js';
import { newEvent } from './support.js';

const nodes: TestNode[] = [];
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.close();
});

/** Starts a node that learns by look-ups alone, as one whose clients stay connected. */
function start(liveEvents: number | null) {
  const timers = new TurnedTimers();
  const known = { liveEvents };
  const store = { ownLimits: async () => ({ ...known }), countPending: async () => 0 };
  const limiter = new LimitedTenants({ defaults: NO_LIMITS, store, server: null, timers, metrics: noMetrics });
  const node = createTestNode({ limiter });
  nodes.push(node);
  return { node, limiter, timers, known };
}

const events = (count: number) => Array.from({ length: count }, () => ({ topic: 'file:1' }));

describe('live events of a tenant with a limit', () => {
  it('are refused as a whole beyond it, from the API', async () => {
    const { node, limiter, timers } = start(1);
    limiter.learn(TENANT, { liveEvents: 1 });
    expect(await node.publish(...events(8))).toHaveLength(8);
    await expect(node.publish(...events(3))).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      details: { policy: 'liveEvents', limit: 1, retryAfter: 1 },
    });
    expect(await node.publish(...events(2))).toHaveLength(2);
    // A call with more than a bucket holds is taken from a full one.
    timers.forward(10_000);
    expect(await node.publish(...events(50))).toHaveLength(50);
    await expect(node.publish(...events(1))).rejects.toMatchObject({ details: { retryAfter: 41 } });
  });

  it('cost nothing where the stream takes them not', async () => {
    const { node, limiter } = start(1);
    limiter.learn(TENANT, { liveEvents: 1 });
    const { append } = node.stream;
    node.stream.append = async () => {
      throw new Error('away');
    };
    await expect(node.publish(...events(10))).rejects.toThrow('away');
    node.stream.append = append;
    expect(await node.publish(...events(10))).toHaveLength(10);
  });

  it('cost what the stream took where it goes away between the parts of a call', async () => {
    const { node, limiter } = start(1);
    limiter.learn(TENANT, { liveEvents: 1 });
    const { append } = node.stream;
    let parts = 0;
    node.stream.append = async (...args) => {
      if (++parts === 2) throw new Error('away');
      return append.apply(node.stream, args);
    };
    const part = (count: number) => Array.from({ length: count }, () => newEvent({ topic: 'file:1' }));
    expect(await node.publisher.publish(TENANT, [part(4), part(6)])).toHaveLength(4);
    expect(await node.publisher.publish(TENANT, [part(2), part(4)])).toHaveLength(6);
    await expect(node.publish(...events(1))).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  });

  it('are refused to clients, too, which learn of a changed limit while they are connected', async () => {
    const { node, timers, known } = start(1);
    const client = node.connect({ publish: ['*'] });
    const publish = () => client.ask({ type: 'publish', topic: 'file:1', data: {} });
    for (let i = 0; i < 10; i++) expect(await publish()).toMatchObject({ type: 'ok' });
    expect(await publish()).toMatchObject({ type: 'error', code: 'RATE_LIMITED' });
    known.liveEvents = null;
    timers.forward(4000);
    for (let i = 0; i < 20; i++) expect(await publish()).toMatchObject({ type: 'ok' });
    known.liveEvents = 1;
    timers.forward(4000);
    for (let i = 0; i < 10; i++) expect(await publish()).toMatchObject({ type: 'ok' });
    expect(await publish()).toMatchObject({ type: 'error', code: 'RATE_LIMITED' });
  });
});
