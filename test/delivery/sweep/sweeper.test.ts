import { afterEach, describe, expect, test } from '@jest/globals';
import type { HeldRecipient } from '../../../src/core/ports/stores/delivery-store.js';
import { RoundRobin } from '../../../src/delivery/sweep/round-robin.js';
import { systemTimers } from '../../../src/lib/time/timers.js';
import { heldOf } from '../../support/held.js';
import { cleanUp, startNode, TENANT, until } from '../support/node.js';

afterEach(cleanUp);

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

/** A node whose own time can be put forward, and that has looked once. */
async function startCalm(config: Parameters<typeof startNode>[0] = {}) {
  let ahead = 0;
  const timers = { ...systemTimers, now: () => systemTimers.now() + ahead };
  const node = await startNode({ sweepIntervalMs: 20, ...config }, { timers });
  const { store } = node;
  const forward = (ms: number) => {
    ahead += ms;
  };
  /** The first look that began after now. */
  const nextLook = async () => {
    const before = store.looks.length;
    await until(() => store.looks.length > before + 1);
    return store.looks[before + 1]!;
  };
  await node.connect({ recipient: 'holder' });
  return { ...node, forward, nextLook };
}

describe('what a sweep looks for', () => {
  test('is everything for a minute after the start, then what is new since the last look', async () => {
    const { forward, nextLook } = await startCalm();
    expect(await nextLook()).toMatchObject({ everything: true });
    forward(50 * SECOND_MS);
    expect(await nextLook()).toMatchObject({ everything: true });
    forward(20 * SECOND_MS);
    expect(await nextLook()).toMatchObject({ everything: false, last: { from: 0 } });
  });

  test.each(['a gap', 'a look that failed', 'doubt of the store'])('is everything for a minute after %s', async (what) => {
    const { forward, nextLook, bus, store } = await startCalm();
    forward(2 * MINUTE_MS);
    expect(await nextLook()).toMatchObject({ everything: false });
    if (what === 'a gap') bus.gap();
    else if (what === 'doubt of the store') {
      store.doubt = true;
      await nextLook();
      store.doubt = false;
    } else {
      let failed = false;
      store.before.findPending = () => {
        if (failed) return;
        failed = true;
        throw new Error('failed');
      };
      await until(() => failed);
    }
    await nextLook();
    expect(await nextLook()).toMatchObject({ everything: true });
    forward(50 * SECOND_MS);
    expect(await nextLook()).toMatchObject({ everything: true });
    forward(20 * SECOND_MS);
    await nextLook();
    expect(await nextLook()).toMatchObject({ everything: false });
  });

  test('is everything after a receipt was refused by the database', async () => {
    const { forward, nextLook, store, connect, push } = await startCalm();
    forward(2 * MINUTE_MS);
    expect(await nextLook()).toMatchObject({ everything: false });
    store.before.settle = () => {
      throw new Error('poison');
    };
    const client = await connect();
    await push('confirmed in vain');
    await client.received(1);
    await until(() => store.calls.includes('settle'));
    await nextLook();
    expect(await nextLook()).toMatchObject({ everything: true });
  });

  test('are also those who connected while rows of a global without an expiry can be on their way from other nodes', async () => {
    const { forward, nextLook, connect, store, clock } = await startCalm();
    forward(10 * MINUTE_MS);
    const looksFor = async (recipient: string) => {
      // A part of a round is in it, too, in which each comes once; nobody comes in each of three.
      for (let i = 0; i < 3; i++) if (!(await nextLook()).also().some((one) => one.recipient === recipient)) return false;
      return true;
    };
    await connect();
    expect(await looksFor('alice')).toBe(false);
    store.addGlobal(TENANT, 'to all');
    await nextLook();
    expect(await looksFor('alice')).toBe(true);
    clock.ahead += 2 * MINUTE_MS;
    await connect({ recipient: 'bob' });
    expect(await looksFor('alice')).toBe(false);
    expect(await looksFor('bob')).toBe(false);
  });
});

describe('rows of globals', () => {
  test('that are made long after their frames are announced as late', async () => {
    const { forward, connect, pushGlobal, store } = await startCalm();
    const client = await connect();
    const written = () => store.recorded.filter(({ recipient }) => recipient === 'alice').length;
    await pushGlobal('in time');
    await until(() => written() === 1);
    expect(store.late).toBe(0);
    store.away = true;
    await pushGlobal('late');
    await client.received(2);
    forward(31 * SECOND_MS);
    store.away = false;
    await until(() => written() === 2);
    expect(store.late).toBeGreaterThan(0);
  });
});

describe('rounds', () => {
  const names = (part: readonly HeldRecipient[]) => part.map(({ recipient }) => recipient);

  test('meet everybody once, a part at a time', () => {
    const rounds = new RoundRobin(() => heldOf(TENANT, ['a', 'b', 'c', 'd', 'e']));
    expect([0.4, 0.4, 0.4, 0.4].map((share) => names(rounds.next(share)))).toEqual([['a', 'b'], ['c', 'd'], ['e'], ['a', 'b']]);
    expect(names(new RoundRobin(() => heldOf(TENANT, [])).next(1))).toEqual([]);
  });

  test('end, however many come meanwhile, and so meet those who stay again', () => {
    const held = new Set(['stays', 'goes']);
    const live = () => ({ ...heldOf(TENANT, []), count: held.size, [Symbol.iterator]: walk });
    function* walk() {
      for (const recipient of held) yield { tenantId: TENANT, recipient };
    }
    const rounds = new RoundRobin(live);
    const met: string[] = [];
    for (let i = 0; i < 10; i++) {
      met.push(...names(rounds.next(0.1)));
      held.delete('goes');
      held.delete(`${i - 1}`);
      held.add(`${i}`);
    }
    expect(met.filter((name) => name === 'stays').length).toBeGreaterThan(2);
  });
});
