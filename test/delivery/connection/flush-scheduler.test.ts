import { expect, test } from '@jest/globals';
import { FlushScheduler } from '../../../src/delivery/connection/flush-scheduler.js';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A scheduler whose flushes take a millisecond each. */
function start() {
  let now = 0;
  const flushed: string[] = [];
  const flushes = new FlushScheduler({ now: () => now });
  const add = (name: string, ms = 1) => {
    const flush = () => {
      now += ms;
      flushed.push(name);
    };
    flushes.add({ flush }, name[0] as string);
  };
  return { add, flushed };
}

test('writes in a further turn what it has no time for in this one', async () => {
  const { add, flushed } = start();
  for (let i = 0; i < 12; i++) add(`a${i}`);
  await turn();
  expect(flushed).toHaveLength(5);
  await turn();
  await turn();
  expect(flushed).toEqual(Array.from({ length: 12 }, (_, i) => `a${i}`));
});

test('a tenant with many connections does not keep those of another waiting', async () => {
  const { add, flushed } = start();
  for (let i = 0; i < 1_000; i++) add(`a${i}`);
  add('b0');
  await turn();
  await turn();
  expect(flushed).toContain('b0');
});

test('tenants take turns while there is time', async () => {
  const { add, flushed } = start();
  for (let i = 0; i < 20; i++) add(`a${i}`, 0);
  for (let i = 0; i < 20; i++) add(`b${i}`, 0);
  await turn();
  expect(flushed).toHaveLength(40);
  expect(flushed.slice(0, 32).filter((name) => name.startsWith('b'))).toHaveLength(16);
});

test('what is added while others are flushed is flushed, too', async () => {
  let more = 3;
  const flushes = new FlushScheduler({ now: () => 0 });
  const again = {
    flush() {
      if (more-- > 0) flushes.add(again, 'a');
    },
  };
  flushes.add(again, 'a');
  while (more >= 0) await turn();
  expect(more).toBe(-1);
});
