import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { nameTotals } from '../../src/app/parts/tenant-names.js';
import { startUsageLoop } from '../../src/app/parts/usage-loop.js';
import { silentLogger } from '../../src/core/ports/logger.js';
import type { UsageReport } from '../../src/core/ports/stores/usage-store.js';
import { TenantUsage } from '../../src/observability/tenant-usage.js';

beforeEach(() => {
  jest.useFakeTimers({ now: Date.parse('2026-11-29T12:00:00Z') });
});
afterEach(() => {
  jest.useRealTimers();
});

const MINUTE = Date.parse('2026-11-29T12:00:00Z') / 60_000;

function start(sums: Array<{ more: boolean } | null | Error> = []) {
  const usage = new TenantUsage();
  const reported: UsageReport[][] = [];
  const nodes = new Set<number>();
  const summedAt: number[] = [];
  const state = { failing: false };
  const loop = startUsageLoop({
    usage,
    store: {
      async reportUsage(node, reports) {
        if (state.failing) throw new Error('away');
        nodes.add(node);
        reported.push([...reports]);
      },
      async sumUpUsage() {
        summedAt.push(Date.now());
        const next = sums.shift() ?? { more: false };
        if (next instanceof Error) throw next;
        return next;
      },
    },
    clock: { now: () => Date.now() },
    logger: silentLogger,
  });
  return { usage, reported, nodes, summedAt, state, loop };
}

test('reports every five seconds, what was left at the end, and nothing where there is nothing', async () => {
  const { usage, reported, nodes, loop } = start();
  usage.count('a', 'refused');
  await jest.advanceTimersByTimeAsync(5_000);
  expect(reported).toMatchObject([[{ tenantId: 'a', minute: MINUTE, refused: 1 }]]);
  await jest.advanceTimersByTimeAsync(60_000);
  expect(reported).toHaveLength(1);
  usage.count('b', 'refused');
  await loop.stop();
  expect(reported).toMatchObject([[{ tenantId: 'a' }], [{ tenantId: 'b', minute: MINUTE + 1 }]]);
  expect(nodes.size).toBe(1);
  usage.count('c', 'refused');
  await jest.advanceTimersByTimeAsync(60_000);
  expect(reported).toHaveLength(2);
});

test('keeps what could not be reported', async () => {
  const { usage, reported, state, loop } = start();
  state.failing = true;
  usage.count('a', 'refused');
  await jest.advanceTimersByTimeAsync(11_000);
  usage.count('a', 'refused');
  state.failing = false;
  await jest.advanceTimersByTimeAsync(5_000);
  expect(reported).toMatchObject([[{ tenantId: 'a', refused: 2 }]]);
  await loop.stop();
});

test('sums up every ten to fifteen seconds, at once where there is more, and goes on after a failure', async () => {
  const { summedAt, loop } = start([null, { more: true }, { more: true }, new Error('away')]);
  await jest.advanceTimersByTimeAsync(90_000);
  await loop.stop();
  const waits = summedAt.slice(1).map((at, i) => at - (summedAt[i] as number));
  expect(waits[0]).toBeGreaterThanOrEqual(10_000);
  expect(waits.slice(1, 3).every((wait) => wait < 100)).toBe(true);
  for (const wait of waits.slice(3)) {
    expect(wait).toBeGreaterThanOrEqual(10_000);
    expect(wait).toBeLessThanOrEqual(15_000);
  }
  expect(waits.length).toBeGreaterThan(5);
});

test('asks for a name once, and shows the id where there is none', async () => {
  const usage = new TenantUsage(2);
  for (const id of ['1', '2', '3']) usage.accepted(id, 1, 1);
  const asked: string[][] = [];
  let away = true;
  const named = nameTotals(usage, {
    async tenantNames(ids) {
      asked.push([...ids]);
      if (away) throw new Error('away');
      return new Map([['1', 'acme']]);
    },
  });
  const names = async () => (await named()).map(([name, { accepted }]) => [name, accepted]);
  expect(await names()).toEqual([
    ['1', 1],
    ['2', 1],
    ['(others)', 1],
  ]);
  away = false;
  expect(await names()).toEqual([
    ['acme', 1],
    ['2', 1],
    ['(others)', 1],
  ]);
  await names();
  expect(asked).toEqual([['1', '2'], ['1', '2'], ['2']]);
});
