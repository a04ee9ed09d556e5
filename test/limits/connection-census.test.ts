import { beforeEach, describe, expect, it } from '@jest/globals';
import { NO_LIMITS, type OwnLimits } from '../../src/core/domain/tenant-limits.js';
import { ConnectionCensus, type ConnectionReports, type WatchedTenants } from '../../src/limits/connection-census.js';
import { TurnedTimers } from '../support/turned-timers.js';
import { settled, TENANT } from './support.js';

/** Reports of several nodes in memory, in fake time. */
class Reports {
  usable = true;
  sent = 0;
  readonly #counts = new Map<string, { held: number; at: number }>();
  readonly #watched = new Set<WatchedTenants>();

  constructor(private readonly timers: TurnedTimers) {}

  of(node: string): ConnectionReports {
    const all = this;
    return {
      get usable() {
        return all.usable;
      },
      report: async (tenantId, held) => {
        if (!all.usable) throw new Error('Redis is away');
        all.sent++;
        const now = all.timers.now();
        all.#counts.set(`${tenantId} ${node}`, { held, at: now });
        let others = 0;
        for (const [key, one] of all.#counts)
          if (key.startsWith(`${tenantId} `) && key !== `${tenantId} ${node}` && now - one.at <= 3000) others += one.held;
        return others;
      },
      watch: (tenants) => all.#watched.add(tenants),
    };
  }

  /** Lets the nodes tell each other which tenants they watch. */
  tell(): void {
    const tenants = [...this.#watched].flatMap((one) => [...one.mine()]);
    for (const one of this.#watched) one.heard(tenants);
  }
}

let timers: TurnedTimers;
let reports: Reports;
beforeEach(() => {
  timers = new TurnedTimers();
  reports = new Reports(timers);
});

function start(name: string, { defaults = NO_LIMITS, alone = false } = {}) {
  const node = {
    held: 0,
    refused: 0,
    census: new ConnectionCensus({
      defaults,
      reports: alone ? null : reports.of(name),
      timers,
      onRefused: () => node.refused++,
    }),
    /** Opens a connection unless that is refused. */
    async open(own: OwnLimits | null): Promise<boolean> {
      await node.census.prepare(TENANT, own);
      if (node.census.isFull(TENANT)) return false;
      node.held++;
      node.census.changed(TENANT);
      return true;
    },
    close(): void {
      node.held--;
      node.census.changed(TENANT);
    },
  };
  node.census.countHeld(() => node.held);
  return node;
}

async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 10) {
    timers.forward(10);
    await settled();
  }
}

describe('the limit of a tenant’s connections', () => {
  it('costs a tenant without one nothing', async () => {
    const node = start('a');
    for (let i = 0; i < 100; i++) expect(await node.open(null)).toBe(true);
    await pass(5000);
    expect(reports.sent).toBe(0);
  });

  it('holds over all nodes, and lets others in as soon as some are closed', async () => {
    const [a, b] = [start('a'), start('b')];
    const own = { connections: 10 };
    for (let i = 0; i < 5; i++) expect([await a.open(own), await b.open(own)]).toEqual([true, true]);
    expect([await a.open(own), await b.open(own)]).toEqual([false, false]);
    expect([a.refused, b.refused]).toEqual([1, 1]);
    a.close();
    await pass(30);
    expect(await b.open(own)).toBe(true);
    expect(await b.open(own)).toBe(false);
  });

  it('holds by the default, without a word about the tenant', async () => {
    const defaults = { ...NO_LIMITS, connections: 1 };
    const [a, b] = [start('a', { defaults }), start('b', { defaults })];
    expect([await a.open(null), await b.open(null)]).toEqual([true, false]);
    expect(await b.open({ connections: null })).toBe(true);
  });

  it('counts a storm on one node exactly', async () => {
    const node = start('a', { alone: true });
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => node.open({ connections: 20 })));
    expect(outcomes.filter(Boolean)).toHaveLength(20);
  });

  it('counts what nodes hold that have seen no handshake since it was set', async () => {
    const [a, b] = [start('a'), start('b')];
    for (let i = 0; i < 8; i++) await b.open(null);
    await a.open({ connections: 10 });
    reports.tell();
    await pass(1100);
    expect([await a.open({ connections: 10 }), await a.open({ connections: 10 })]).toEqual([true, false]);
    // They go on reporting while they hold some.
    await pass(70_000);
    reports.tell();
    expect(await a.open({ connections: 10 })).toBe(false);
  });

  it('forgets a node that reported no more for three seconds', async () => {
    const [a, b] = [start('a'), start('b')];
    await a.open({ connections: 2 });
    await a.open({ connections: 2 });
    expect(await b.open({ connections: 2 })).toBe(false);
    a.census.close();
    await pass(3100);
    expect(await b.open({ connections: 2 })).toBe(true);
  });

  it('is each node’s own while Redis is away', async () => {
    const [a, b] = [start('a'), start('b')];
    await a.open({ connections: 2 });
    await a.open({ connections: 2 });
    expect(await b.open({ connections: 2 })).toBe(false);
    reports.usable = false;
    expect(await b.open({ connections: 2 })).toBe(false);
    await pass(3100);
    expect(await b.open({ connections: 2 })).toBe(true);
    expect(await a.open({ connections: 2 })).toBe(false);
  });

  it('ends with the operator’s word', async () => {
    const node = start('a');
    expect(await node.open({ connections: 1 })).toBe(true);
    expect(await node.open({ connections: 1 })).toBe(false);
    expect(await node.open({ connections: 2 })).toBe(true);
    expect(await node.open(null)).toBe(true);
    const before = reports.sent;
    await pass(5000);
    expect(reports.sent).toBe(before);
  });
});
