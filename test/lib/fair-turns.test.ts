import { describe, expect, it } from '@jest/globals';
import { FairTurns } from '../../src/lib/fair-turns.js';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('fair turns', () => {
  it('run one piece of work in each turn of the event loop, and owners take turns', async () => {
    const turns = new FairTurns();
    const done: string[] = [];
    for (const name of ['a1', 'a2', 'a3', 'b1', 'c1', 'c2']) turns.ask(name[0] as string, () => done.push(name));
    expect(done).toEqual([]);
    for (let count = 1; count <= 6; count++) {
      await turn();
      expect(done).toHaveLength(count);
    }
    expect(done).toEqual(['a1', 'b1', 'c1', 'a2', 'c2', 'a3']);
  });
});
