import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { PushQueue, type QueuedWrite } from '../../../src/store/push/push-queue.js';

describe('a push queue', () => {
  const waiting = (rows = 1, queuedAt = performance.now(), tenantId = 'a') => {
    let reject!: (error: unknown) => void;
    const failure = new Promise<unknown>((resolve) => {
      reject = resolve;
    });
    const queued: QueuedWrite = { tenantId, rows, bytes: rows, queuedAt, reject };
    return { queued, failure };
  };
  const never = () => new Promise<void>(() => {});

  it('asks callers to come back once too much of their tenant waits, and leaves room for others', async () => {
    const queue = new PushQueue<QueuedWrite>({ silent: false }, { batch: { rows: 1, bytes: 1 }, maxInFlight: 0, write: never });
    const add = (tenantId: string) => {
      const one = waiting(60_000, performance.now(), tenantId);
      queue.add(one.queued);
      return one.failure;
    };
    const limited = { code: 'RATE_LIMITED', details: { retryAfter: 1 } };
    const accepted = ['a', 'b', 'c', 'd', 'e', 'f'].map(add);
    expect(await add('a')).toMatchObject(limited);
    // All of them together have 400,000 rows.
    expect(await add('g')).toMatchObject(limited);
    expect(await Promise.race([...accepted, 'waits'])).toBe('waits');
  });

  it('keeps a place for others where a tenant has as many batches under way as it may', async () => {
    const begun: string[] = [];
    const ends: Array<() => void> = [];
    const write = ([one]: QueuedWrite[]) => {
      begun.push(one?.tenantId ?? '');
      return new Promise<void>((resolve) => ends.push(resolve));
    };
    const options = { batch: { rows: 1, bytes: 1 }, maxInFlight: 3, maxOfTenant: 2, write };
    const queue = new PushQueue<QueuedWrite>({ silent: false }, options);
    for (const tenantId of ['a', 'a', 'a', 'a']) queue.add(waiting(1, performance.now(), tenantId).queued);
    const turnsOver = async () => {
      for (let i = 0; i < 6; i++) await nextTurn();
    };
    await turnsOver();
    expect(begun).toEqual(['a', 'a']);
    queue.add(waiting(1, performance.now(), 'b').queued);
    await turnsOver();
    expect(begun).toEqual(['a', 'a', 'b']);
    ends[0]?.();
    await turnsOver();
    expect(begun).toEqual(['a', 'a', 'b', 'a']);
  });

  it('has one batch of a tenant under way, however many calls it holds, and those of others beside it', async () => {
    const begun: string[] = [];
    const ends: Array<() => void> = [];
    const write = (batch: QueuedWrite[]) => {
      begun.push(batch.map(({ tenantId }) => tenantId).join(''));
      return new Promise<void>((resolve) => ends.push(resolve));
    };
    const options = { batch: { rows: 10, bytes: 10 }, maxInFlight: 3, maxOfTenant: 1, write };
    const queue = new PushQueue<QueuedWrite>({ silent: false }, options);
    const add = (tenants: string) => {
      for (const tenantId of tenants) queue.add(waiting(1, performance.now(), tenantId).queued);
    };
    const turnsOver = async () => {
      for (let i = 0; i < 6; i++) await nextTurn();
    };
    add('aa');
    await turnsOver();
    add('aaab');
    await turnsOver();
    expect(begun).toEqual(['aa', 'b']);
    ends[0]?.();
    await turnsOver();
    expect(begun).toEqual(['aa', 'b', 'aaa']);
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
