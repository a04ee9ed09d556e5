import { beforeEach, describe, expect, it } from '@jest/globals';
import { NO_LIMITS } from '../../src/core/domain/tenant-limits.js';
import { judged, Nodes, settled, TENANT } from './support.js';

let nodes: Nodes;
beforeEach(() => {
  nodes = new Nodes();
});

/** Begins a call on a node; it is judged as time passes. */
function begin(node: ReturnType<Nodes['start']>, costs: Parameters<typeof node.limiter.charge>[1]) {
  const outcome: { refused?: unknown; accepted?: true } = {};
  void judged(() => node.limiter.charge(TENANT, costs)).then((error) => {
    if (error) outcome.refused = error;
    else outcome.accepted = true;
  });
  return outcome;
}

/** Calls as fast as it is answered, in steps of 10 ms, and counts what was accepted. */
async function hammer(callers: ReadonlyArray<ReturnType<Nodes['start']>>, ms: number, perStep: number) {
  let accepted = 0;
  for (let passed = 0; passed < ms; passed += 10) {
    for (const node of callers) {
      for (let i = 0; i < perStep; i++) {
        void judged(() => node.limiter.charge(TENANT, { recipients: 1 })).then((error) => {
          if (error === null) accepted++;
        });
      }
    }
    await nodes.pass(10, 5);
  }
  await nodes.pass(200, 5);
  return accepted;
}

describe('a tenant without limits', () => {
  it('is not judged, and costs Redis nothing', async () => {
    const { limiter } = nodes.start(null);
    for (let i = 0; i < 10_000; i++) expect(limiter.charge(TENANT, { requests: 1, recipients: 1000 })).toBeUndefined();
    await nodes.pass(100);
    expect(nodes.server.exchanges).toBe(0);
    expect([limiter.isLimited(TENANT), limiter.rates(TENANT), limiter.limits(TENANT)]).toEqual([false, [], []]);
  });

  it('has the default, unless the operator said otherwise', async () => {
    const defaults = { ...NO_LIMITS, requests: 1, pending: 5 };
    expect(nodes.start(null, { defaults }).limiter.limits(TENANT)).toEqual([
      { policy: 'requests', limit: 1 },
      { policy: 'pending', limit: 5 },
    ]);
    expect(nodes.start({ requests: null, pending: null }, { defaults }).limiter.isLimited(TENANT)).toBe(false);
  });
});

describe.each([
  ['with Redis', false],
  ['without Redis', true],
])('the rate of a tenant, %s', (_, alone) => {
  it('lets through the worth of ten seconds at once, then the rate, and says when the next is let through', async () => {
    const node = nodes.start({ recipients: 10 }, { alone });
    const { limiter } = node;
    let accepted = 0;
    let refusal = null;
    for (let i = 0; i < 150; i++) {
      const outcome = judged(() => limiter.charge(TENANT, { recipients: 1 }));
      await nodes.pass(10);
      const error = await outcome;
      if (error === null) accepted++;
      else refusal = error;
    }
    expect(accepted).toBe(100 + 14);
    expect(refusal).toMatchObject({ code: 'RATE_LIMITED', details: { policy: 'recipients', limit: 10, retryAfter: 1 } });
  });

  it('accepts a call larger than the bucket when that is full; its debt delays the next', async () => {
    const node = nodes.start({ recipients: 10 }, { alone });
    const { limiter } = node;
    const [large, next] = [begin(node, { recipients: 300 }), begin(node, { recipients: 1 })];
    await nodes.pass(20);
    expect(large.accepted).toBe(true);
    expect(next.refused).toMatchObject({ details: { policy: 'recipients', retryAfter: 21 } });
    await nodes.pass(20_000, 100);
    expect(await judged(() => limiter.charge(TENANT, { recipients: 1 }))).toMatchObject({ details: { retryAfter: 1 } });
    await nodes.pass(200, 10);
    const late = begin(node, { recipients: 1 });
    await nodes.pass(20);
    expect(late.accepted).toBe(true);
    // One that is larger than the bucket waits until it is full.
    const again = begin(node, { recipients: 300 });
    await nodes.pass(20);
    expect(again.refused).toMatchObject({ details: { retryAfter: 10 } });
    await nodes.pass(10_000, 100);
    const third = begin(node, { recipients: 300 });
    await nodes.pass(20);
    expect(third.accepted).toBe(true);
  });

  it('takes from all policies or from none', async () => {
    const node = nodes.start({ recipients: 10, bytes: 1000 }, { alone });
    const first = begin(node, { recipients: 90, bytes: 10 });
    await nodes.pass(20);
    expect(first.accepted).toBe(true);
    for (let i = 0; i < 5; i++) {
      const refused = begin(node, { recipients: 20, bytes: 5000 });
      await nodes.pass(20);
      expect(refused.refused).toMatchObject({ details: { policy: 'recipients' } });
    }
    const last = begin(node, { recipients: 1, bytes: 9900 });
    await nodes.pass(20);
    expect(last.accepted).toBe(true);
  });

  it('takes back what is refunded', async () => {
    const node = nodes.start({ recipients: 10 }, { alone });
    const { limiter } = node;
    const first = begin(node, { recipients: 100 });
    await nodes.pass(20);
    expect(first.accepted).toBe(true);
    limiter.refund(TENANT, { recipients: 100 });
    await nodes.pass(50);
    const second = begin(node, { recipients: 100 });
    await nodes.pass(20);
    expect(second.accepted).toBe(true);
  });

  it('may change while the node runs: what was used stays used', async () => {
    const node = nodes.start({ recipients: 10 }, { alone });
    const { limiter } = node;
    const first = begin(node, { recipients: 100 });
    await nodes.pass(20);
    expect(first.accepted).toBe(true);
    limiter.learn(TENANT, { recipients: 1000 });
    expect(await judged(() => limiter.charge(TENANT, { recipients: 500 }))).toMatchObject({
      details: { limit: 1000, retryAfter: 1 },
    });
    await nodes.pass(600);
    const second = begin(node, { recipients: 500 });
    await nodes.pass(20);
    expect(second.accepted).toBe(true);
    await nodes.pass(10_000, 100);
    limiter.learn(TENANT, { recipients: 10 });
    expect(limiter.rates(TENANT)).toEqual([{ policy: 'recipients', limit: 10, remaining: 100, fullInS: 0 }]);
    limiter.learn(TENANT, null);
    expect(limiter.charge(TENANT, { recipients: 1_000_000 })).toBeUndefined();
  });

  it('tells what is left', async () => {
    const node = nodes.start({ recipients: 10, requests: 5 }, { alone });
    const { limiter } = node;
    begin(node, { recipients: 25, requests: 1 });
    await nodes.pass(40);
    expect(limiter.rates(TENANT)).toEqual([
      { policy: 'recipients', limit: 10, remaining: 75, fullInS: 3 },
      { policy: 'requests', limit: 5, remaining: 49, fullInS: 1 },
    ]);
  });
});

describe('calls of a tenant that is far from its limit', () => {
  it('do not wait for Redis', async () => {
    const { limiter } = nodes.start({ recipients: 1000 });
    nodes.server.before = () => new Promise(() => {});
    for (let i = 0; i < 100; i++) expect(limiter.charge(TENANT, { recipients: 1 })).toBeUndefined();
  });

  it('share exchanges', async () => {
    const { limiter } = nodes.start({ recipients: 1000 });
    for (let i = 0; i < 1000; i++) {
      await limiter.charge(TENANT, { recipients: 1 });
      await nodes.pass(1);
    }
    expect(nodes.server.exchanges).toBeLessThan(60);
  });
});

it('a tenant that hammers an empty bucket costs Redis nothing', async () => {
  const node = nodes.start({ recipients: 10 });
  const { limiter } = node;
  begin(node, { recipients: 1000 });
  await nodes.pass(50);
  const before = nodes.server.exchanges;
  for (let i = 0; i < 1000; i++) {
    expect(await judged(() => limiter.charge(TENANT, { recipients: 1 }))).not.toBeNull();
    await nodes.pass(1);
  }
  expect(nodes.server.exchanges).toBe(before);
});

describe('two nodes', () => {
  beforeEach(() => {
    nodes.server.nodes = 2;
    nodes.server.apiNodes = 2;
  });

  it('share a bucket: together they accept no more than it holds', async () => {
    const both = [nodes.start({ recipients: 100 }), nodes.start({ recipients: 100 })];
    const accepted = await hammer(both, 5000, 20);
    expect(accepted).toBeGreaterThan(1500 * 0.98);
    expect(accepted).toBeLessThanOrEqual(1520);
  });

  it('refuse nothing below the limit, however the calls are spread', async () => {
    const [first, second] = [nodes.start({ recipients: 10 }), nodes.start({ recipients: 10 })];
    // The worth of ten seconds on one node, which the other has just used a little.
    begin(first, { recipients: 1 });
    await nodes.pass(50);
    const outcomes = Array.from({ length: 99 }, () => begin(second, { recipients: 1 }));
    await nodes.pass(50);
    expect(outcomes.filter(({ accepted }) => accepted)).toHaveLength(99);
    await nodes.pass(100);
    // Then 9.5 a second, mostly on one node.
    let refused = 0;
    for (let i = 0; i < 600; i++) {
      const outcome = begin(i % 7 === 0 ? second : first, { recipients: 1 });
      await nodes.pass(105, 15);
      if (!outcome.accepted) refused++;
    }
    expect(refused).toBe(0);
  });

  it.each([
    ['one that lost its memory', true],
    ['one that kept it', false],
  ])('accept the limit within a tenth in a minute in which Redis is killed and comes back as %s', async (_, forgets) => {
    const both = [nodes.start({ recipients: 100 }), nodes.start({ recipients: 100 })];
    await hammer(both, 12_000, 10);
    let accepted = await hammer(both, 20_000, 10);
    nodes.server.usable = false;
    accepted += await hammer(both, 20_000, 10);
    if (forgets) nodes.server.forget();
    nodes.server.usable = true;
    accepted += await hammer(both, 20_000, 10);
    // Each part is followed by 200 ms in which its last calls are judged.
    const limit = 100 * 60.6;
    expect(accepted).toBeGreaterThan(0.9 * limit);
    expect(accepted).toBeLessThan(1.1 * limit);
  });

  it('refuse nothing below their shares while Redis is away, nor when it is back', async () => {
    const both = [nodes.start({ recipients: 100 }), nodes.start({ recipients: 100 })];
    let refused = 0;
    const spread = async (ms: number) => {
      for (let passed = 0; passed < ms; passed += 50) {
        const outcomes = both.map((node) => begin(node, { recipients: 2 }));
        await nodes.pass(50, 10);
        refused += outcomes.filter(({ accepted }) => !accepted).length;
      }
    };
    await spread(5000);
    nodes.server.usable = false;
    await spread(30_000);
    nodes.server.forget();
    nodes.server.usable = true;
    await spread(30_000);
    expect(refused).toBe(0);
  });

  it('grant their share while Redis is away: half of what was left, and half of the rate', async () => {
    const [first] = [nodes.start({ recipients: 100 }), nodes.start({ recipients: 100 })];
    const used = begin(first, { recipients: 400 });
    await nodes.pass(50);
    expect(used.accepted).toBe(true);
    nodes.server.usable = false;
    const accepted = await hammer([first], 2000, 10);
    expect(accepted).toBeGreaterThan(300 + 100 - 5);
    expect(accepted).toBeLessThan(300 + 120);
    // What costs more than a share is taken from a full one.
    await nodes.pass(10_000, 100);
    const large = begin(first, { recipients: 900 });
    await settled();
    expect(large.accepted).toBe(true);
    expect(await judged(() => first.limiter.charge(TENANT, { recipients: 1 }))).toMatchObject({
      details: { retryAfter: 9 },
    });
  });

  it('judge calls that wait for Redis by their share once it does not answer', async () => {
    const [node] = [nodes.start({ recipients: 100 }), nodes.start({ recipients: 100 })];
    let fail = () => {};
    nodes.server.before = () =>
      new Promise((_, reject) => {
        fail = () => reject(new Error('no answer in time'));
      });
    const waiting = begin(node, { recipients: 900 });
    await nodes.pass(20);
    expect(waiting).toEqual({});
    fail();
    await settled();
    expect(waiting.accepted).toBe(true);
  });
});

describe('what is known of a tenant', () => {
  it('is looked up again for work that no look-up comes before, in the background if it can be', async () => {
    const node = nodes.start(null);
    await node.limiter.refresh(TENANT);
    expect(node.lookups).toBe(1);
    await nodes.pass(1900, 100);
    expect(node.limiter.refresh(TENANT)).toBeUndefined();
    expect(node.lookups).toBe(1);
    node.own = { liveEvents: 1 };
    await nodes.pass(200, 100);
    expect(node.limiter.refresh(TENANT)).toBeUndefined();
    await settled();
    expect([node.lookups, node.limiter.limits(TENANT)]).toEqual([2, [{ policy: 'liveEvents', limit: 1 }]]);
    node.own = { liveEvents: 2 };
    await nodes.pass(4100, 100);
    await node.limiter.refresh(TENANT);
    expect(node.limiter.limits(TENANT)).toEqual([{ policy: 'liveEvents', limit: 2 }]);
  });
});

describe('the limit of pending messages', () => {
  it('is judged by a count that is at most 10 s old, made in the background while the tenant pushes', async () => {
    const node = nodes.start({ pending: 10 });
    const require = () => judged(() => node.limiter.requirePendingRoom(TENANT));
    expect([await require(), await require(), node.counts]).toEqual([null, null, 1]);
    node.pending = 10;
    await nodes.pass(3900, 100);
    expect([await require(), node.counts]).toEqual([null, 1]);
    await nodes.pass(200, 100);
    expect(node.limiter.requirePendingRoom(TENANT)).toBeUndefined();
    await settled();
    expect(await require()).toMatchObject({ code: 'QUOTA_EXCEEDED', details: { policy: 'pending', limit: 10 } });
    expect(node.counts).toBe(2);
    node.pending = 9;
    await nodes.pass(10_100, 100);
    expect([await require(), node.counts]).toEqual([null, 3]);
  });

  it('is no matter of a tenant without it', () => {
    const node = nodes.start({ requests: 1 });
    expect(node.limiter.requirePendingRoom(TENANT)).toBeUndefined();
    expect(node.counts).toBe(0);
  });
});
