import { describe, expect, it } from '@jest/globals';
import { FairQueue } from '../../src/lib/fair-queue.js';

const item = (owner: string, rows = 1, bytes = 1) => ({ owner, rows, bytes });

describe('a fair queue', () => {
  it('lets owners take turns and keeps the order of each', () => {
    const queue = new FairQueue<ReturnType<typeof item> & { n: number }>();
    for (const [n, owner] of ['a', 'a', 'a', 'b', 'b', 'c'].entries()) queue.add(owner, { ...item(owner), n });
    expect(queue.take({ rows: 4, bytes: 100 }).map(({ owner, n }) => owner + n)).toEqual(['a0', 'b3', 'c5', 'a1']);
    expect(queue.take({ rows: 4, bytes: 100 }).map(({ owner, n }) => owner + n)).toEqual(['b4', 'a2']);
    expect(queue.size).toBe(0);
  });

  it('fills a batch up to its limits, but takes what exceeds them alone', () => {
    const queue = new FairQueue<ReturnType<typeof item>>();
    for (const rows of [50, 3, 4, 4]) queue.add('a', item('a', rows, rows * 10));
    expect([queue.rows, queue.bytes]).toEqual([61, 610]);
    expect(queue.sizeOf('a')).toMatchObject({ rows: 61, bytes: 610 });
    expect(queue.sizeOf('b')).toEqual({ rows: 0, bytes: 0 });
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
    expect(queue.sizeOf('a')).toMatchObject({ rows: 2 });
    expect(queue.take({ rows: 100, bytes: 100 }).map(({ rows }) => rows)).toEqual([2]);
  });
});
