import { expect, test } from '@jest/globals';
import { balanceConnections } from '../../src/app/workers/connection-balance.js';

const load = (sockets: number, accepts = true, mayHold = sockets) => ({ sockets, accepts, mayHold });

test('what is left is shared, and never more than that', () => {
  expect(balanceConnections(100, [load(30), load(20)]).map(({ most }) => most)).toEqual([55, 45]);
  expect(balanceConnections(100, [load(50), load(49)]).map(({ most }) => most)).toEqual([50, 49]);
  expect(balanceConnections(100, [load(70), load(40)]).map(({ most }) => most)).toEqual([70, 40]);
});

test('a place that one may have filled since it told is not given to another', () => {
  const mayHold30 = load(28, true, 30);
  expect(balanceConnections(60, [mayHold30, load(30)]).map(({ most }) => most)).toEqual([29, 30]);
  // It has said that it obeys: what it did not fill is free.
  expect(balanceConnections(60, [load(28, true, 29), load(30)]).map(({ most }) => most)).toEqual([29, 31]);
});

test('nobody is told to hold less than it has, and what is given in one go is given once', () => {
  expect(balanceConnections(60, [load(40, true, 40), load(25, true, 25)]).map(({ most }) => most)).toEqual([40, 25]);
  expect(balanceConnections(60, [load(0, true, 30), load(0, true, 30)]).map(({ most }) => most)).toEqual([30, 30]);
});

test('whoever has many more than the average leaves new ones to the others until it has less', () => {
  const accepts = (...loads: Parameters<typeof balanceConnections>[1]) =>
    balanceConnections(100_000, loads).map((allowance) => allowance.accepts);
  expect(accepts(load(400), load(0))).toEqual([true, true]);
  expect(accepts(load(10_000), load(8_000))).toEqual([true, true]);
  expect(accepts(load(10_000), load(1_000))).toEqual([false, true]);
  expect(accepts(load(10_000, false), load(8_500))).toEqual([false, true]);
  expect(accepts(load(10_000, false), load(9_400))).toEqual([true, true]);
});

test('somebody always takes new ones', () => {
  for (const sockets of [0, 600, 5_000, 50_000])
    expect(balanceConnections(200_000, [load(sockets, false), load(sockets, false)]).every(({ accepts }) => accepts)).toBe(true);
});
