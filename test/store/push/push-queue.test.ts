import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { PushQueue, type QueuedWrite } from '../../../src/store/push/push-queue.js';

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
