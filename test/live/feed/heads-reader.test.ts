import { expect, it } from '@jest/globals';
import { DEFAULT_STREAM_BOUNDS, type EventStream } from '../../../src/core/ports/event-stream.js';
import { HeadsReader } from '../../../src/live/feed/heads-reader.js';
import { MemoryEventStream } from '../../../src/live/streams/memory-event-stream.js';
import { newEvent } from '../support.js';

it('where parts end is read at once for all that are asked for in one turn, tenant by tenant', async () => {
  const stream = new MemoryEventStream({ now: () => 1_900_000_000_000 }, DEFAULT_STREAM_BOUNDS);
  const append = async (tenantId: string, topic: string) =>
    (await stream.append(tenantId, [newEvent({ topic })]))[0]?.event.id as string;
  const [a, b, other] = [await append('t', 'a:1'), await append('t', 'b:1'), await append('u', 'a:1')];
  const asked: string[][] = [];
  const heads: EventStream['heads'] = async (tenantId, parts) => {
    asked.push([tenantId, ...parts]);
    if (tenantId === 'away') throw new Error('away');
    return stream.heads(tenantId, parts);
  };
  const reader = new HeadsReader({ heads });
  const idOf = async (tenantId: string, part: string) => (await reader.of(tenantId, part)).id;
  const failed = Promise.allSettled([idOf('away', 'a'), idOf('away', 'b')]);
  const found = await Promise.all([
    idOf('t', 'a'),
    idOf('t', 'b'),
    idOf('t', 'none'),
    idOf('t', '*'),
    idOf('u', 'a'),
    idOf('v', 'a'),
  ]);
  // A part without an end begins at that of the whole stream.
  expect(found).toEqual([a, b, b, b, other, null]);
  expect((await failed).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(asked).toEqual([
    ['away', '*', 'a', 'b'],
    ['t', '*', 'a', 'b', 'none', '*'],
    ['u', '*', 'a'],
    ['v', '*', 'a'],
  ]);
  asked.length = 0;
  await Promise.all(Array.from({ length: 600 }, (_, n) => idOf('t', `p${n}`)));
  expect(asked.map((parts) => parts.length - 2)).toEqual([256, 256, 88]);
});
