import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { FairQueue } from '../../../src/lib/fair-queue.js';
import { PushQueue, type QueuedWrite } from '../../../src/store/push/push-queue.js';

const item = (tenantId: string, rows = 1, bytes = 1) => ({ tenantId, rows, bytes });

describe('a fair queue', () => {
  it('lets tenants take turns and keeps the order of each', () => {
    const queue = new FairQueue<ReturnType<typeof item> & { n: number }>();
    for (const [n, tenantId] of ['a', 'a', 'a', 'b', 'b', 'c'].entries()) queue.add(tenantId, { ...item(tenantId), n });
    expect(queue.take({ rows: 4, bytes: 100 }).map(({ tenantId, n }) => tenantId + n)).toEqual(['a0', 'b3', 'c5', 'a1']);
    expect(queue.take({ rows: 4, bytes: 100 }).map(({ tenantId, n }) => tenantId + n)).toEqual(['b4', 'a2']);
    expect(queue.size).toBe(0);
  });

  it('fills a batch up to its limits, but takes what exceeds them alone', () => {
    const queue = new FairQueue<ReturnType<typeof item>>();
    for (const rows of [50, 3, 4, 4]) queue.add('a', item('a', rows, rows * 10));
    expect([queue.rows, queue.bytes]).toEqual([61, 610]);
    const sizes = (rows: number, bytes: number) => queue.take({ rows, bytes }).map((taken) => taken.rows);
    expect(sizes(10, 1_000)).toEqual([50]);
    expect(sizes(10, 1_000)).toEqual([3, 4]);
    expect(sizes(10, 1)).toEqual([4]);
    expect([queue.rows, queue.bytes]).toEqual([0, 0]);
  });

  it('gives up what is gone', () => {
    const queue = new FairQueue<ReturnType<typeof item>>();
    for (const rows of [1, 2, 3]) queue.add(rows === 3 ? 'b' : 'a', item('a', rows));
    expect(queue.remove(({ rows }) => rows !== 2)).toHaveLength(2);
    expect(queue.take({ rows: 100, bytes: 100 }).map(({ rows }) => rows)).toEqual([2]);
  });
});

describe('a push queue', () => {
  const waiting = (rows = 1, queuedAt = performance.now()) => {
    let reject!: (error: unknown) => void;
    const failure = new Promise<unknown>((resolve) => {
      reject = resolve;
    });
    const queued: QueuedWrite = { tenantId: 'a', rows, bytes: rows, queuedAt, reject };
    return { queued, failure };
  };
  const never = () => new Promise<void>(() => {});

  it('asks callers to come back once too much waits', async () => {
    const queue = new PushQueue<QueuedWrite>({ silent: false }, { batch: { rows: 1, bytes: 1 }, maxInFlight: 1, write: never });
    queue.add(waiting(150_000).queued);
    const second = waiting(150_000);
    queue.add(second.queued);
    expect(await second.failure).toMatchObject({ code: 'RATE_LIMITED', details: { retryAfter: 1 } });
  });

  it('refuses what waits while the database is silent, and only then', async () => {
    const database = { silent: false };
    const queue = new PushQueue<QueuedWrite>(database, { batch: { rows: 1, bytes: 1 }, maxInFlight: 1, write: never });
    queue.add(waiting().queued);
    const old = waiting(1, performance.now() - 60_000);
    queue.add(old.queued);
    expect(await Promise.race([old.failure, new Promise((resolve) => setTimeout(resolve, 600, 'waits'))])).toBe('waits');
    database.silent = true;
    expect(await old.failure).toMatchObject({ code: 'SERVICE_UNAVAILABLE', details: { outcome: 'NOT_ACCEPTED' } });
  });

  it('begins nothing with what waited for long behind a write that the silent database failed', async () => {
    const database = { silent: false };
    const begun: QueuedWrite[][] = [];
    let fail = () => {};
    const write = (batch: QueuedWrite[]) => {
      begun.push(batch);
      return new Promise<void>((resolve) => {
        fail = resolve;
      });
    };
    const queue = new PushQueue<QueuedWrite>(database, { batch: { rows: 10, bytes: 10 }, maxInFlight: 1, write });
    const first = waiting().queued;
    queue.add(first);
    await nextTurn();
    const old = waiting(1, performance.now() - 60_000);
    queue.add(old.queued);
    const young = waiting().queued;
    queue.add(young);
    database.silent = true;
    fail();
    await nextTurn();
    await nextTurn();
    expect(begun).toEqual([[first], [young]]);
    expect(await old.failure).toMatchObject({ code: 'SERVICE_UNAVAILABLE', details: { outcome: 'NOT_ACCEPTED' } });
  });
});
