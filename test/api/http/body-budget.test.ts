import { expect, test } from '@jest/globals';
import { BodyBudget } from '../../../src/api/http/body-budget.js';

const MIB = 1024 * 1024;

/** Lets what has been resolved run. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('bodies of a tenant wait for room in their order; short ones and those of others do not', async () => {
  const budget = new BodyBudget();
  const kept = await Promise.all(Array.from({ length: 2 }, () => budget.enter('a', 16 * MIB)));
  const entered: string[] = [];
  const unannounced = budget.enter('a', null)?.then((given) => {
    entered.push('unannounced');
    return given;
  });
  const next = budget.enter('a', MIB)?.then((given) => {
    entered.push('next');
    return given;
  });
  expect(budget.enter('a', 1_000)).toBeNull();
  await budget.enter('b', 16 * MIB);
  await turn();
  expect(entered).toEqual([]);
  kept[0]?.leave();
  (await unannounced)?.leave();
  await next;
  expect(entered).toEqual(['unannounced', 'next']);
});
