import { expect, it } from '@jest/globals';
import { JoinedReads } from '../../../src/store/tenancy/joined-reads.js';

/** Reads that end when the test says so. */
function start() {
  const open: Array<{ key: string; resolve(value: string): void; reject(error: Error): void }> = [];
  const reads = new JoinedReads<string>((key) => new Promise((resolve, reject) => open.push({ key, resolve, reject })));
  return { open, reads };
}

it('who asks while a read is under way is served by the next one, all of them by the same', async () => {
  const { open, reads } = start();
  const first = reads.of('a');
  const others = [reads.of('a'), reads.of('a'), reads.of('a')];
  const elsewhere = reads.of('b');
  expect(open.map(({ key }) => key)).toEqual(['a', 'b']);
  open[1]?.resolve('b 1');
  open[0]?.resolve('a 1');
  expect([await first, await elsewhere]).toEqual(['a 1', 'b 1']);
  await Promise.resolve();
  expect(open).toHaveLength(3);
  const later = reads.of('a');
  open[2]?.resolve('a 2');
  expect(await Promise.all(others)).toEqual(['a 2', 'a 2', 'a 2']);
  await Promise.resolve();
  open[3]?.resolve('a 3');
  expect(await later).toBe('a 3');
  void reads.of('a');
  expect(open).toHaveLength(5);
});

it('a read that fails fails for those who wait for the next one, and for nobody later', async () => {
  const { open, reads } = start();
  const asked = [reads.of('a'), reads.of('a')];
  open[0]?.reject(new Error('away'));
  for (const one of asked) await expect(one).rejects.toThrow('away');
  const again = reads.of('a');
  open[1]?.resolve('back');
  expect(await again).toBe('back');
});
