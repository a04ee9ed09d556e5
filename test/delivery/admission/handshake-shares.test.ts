import { expect, test } from '@jest/globals';
import { HandshakeShares } from '../../../src/delivery/admission/handshake-shares.js';

const A = 'tenant a';
const B = 'tenant b';

/** Counts what a tenant gets of so many handshakes of as many recipients. */
function takeMany(shares: HandshakeShares, tenantId: string, count: number, now: number): number {
  let taken = 0;
  for (let i = 0; i < count; i++) if (shares.take(tenantId, `r${now}-${i}`, now)) taken++;
  return taken;
}

/** Runs for some seconds, in steps of 10 ms; answers how many each tenant got of so many in each second. */
function run(shares: HandshakeShares, asking: Record<string, number>, { from = 0, seconds = 5 } = {}): Record<string, number> {
  const taken: Record<string, number> = Object.fromEntries(Object.keys(asking).map((tenant) => [tenant, 0]));
  for (let step = 0; step < 100 * seconds; step++) {
    for (const [tenant, perSecond] of Object.entries(asking)) {
      const count = Math.floor(((step + 1) * perSecond) / 100) - Math.floor((step * perSecond) / 100);
      taken[tenant] = (taken[tenant] as number) + takeMany(shares, tenant, count, from + 10 * step);
    }
  }
  return taken;
}

test('a tenant alone has all handshakes of a second at once, and as many in each second', () => {
  const shares = new HandshakeShares(1000, 0);
  expect(takeMany(shares, A, 5000, 0)).toBe(1000);
  expect(takeMany(shares, A, 5000, 500)).toBe(500);
  expect(takeMany(shares, A, 5000, 1500)).toBe(1000);
});

test('a tenant that asks for less than its share gets all of it, whatever another one asks for', () => {
  const shares = new HandshakeShares(100, 0);
  const taken = run(shares, { [A]: 5000, [B]: 40 });
  expect(taken[B]).toBe(200);
  expect(taken[A]).toBeGreaterThanOrEqual(5 * 55);
});

test('the first handshakes of a tenant get through although another one has asked for too many for long', () => {
  const shares = new HandshakeShares(4, 0);
  run(shares, { [A]: 500 }, { seconds: 20 });
  const taken = run(shares, { [A]: 500, [B]: 1.5 }, { from: 20_000, seconds: 16 });
  expect(taken[B]).toBe(24);
});

test('tenants that all ask for too many get as many each', () => {
  const shares = new HandshakeShares(300, 0);
  const { a, b, c } = run(shares, { a: 3000, b: 1000, c: 400 }, { seconds: 10 }) as { a: number; b: number; c: number };
  for (const taken of [a, b, c]) expect(taken).toBeGreaterThanOrEqual(900);
  expect(a + b + c).toBeLessThanOrEqual(3000 + 375);
});

test('what the others do not ask for goes to who does', () => {
  const shares = new HandshakeShares(100, 0);
  expect(run(shares, { [A]: 1000, [B]: 10 }, { seconds: 10 })[A]).toBeGreaterThanOrEqual(850);
});

test('one recipient that connects again and again leaves the others of its tenant most handshakes', () => {
  const shares = new HandshakeShares(100, 0);
  let others = 0;
  for (let now = 0; now < 10_000; now += 10) {
    for (let i = 0; i < 50; i++) shares.take(A, 'restless', now);
    if (now % 20 === 0 && shares.take(A, `calm-${now}`, now)) others++;
  }
  expect(others).toBe(500);
});

test('a tenant that has not asked for a while takes no share any more', () => {
  const shares = new HandshakeShares(100, 0);
  run(shares, { [A]: 1000, [B]: 1000 }, { seconds: 2 });
  // Both shares are spent; A is alone from now on.
  expect(run(shares, { [A]: 1000 }, { from: 10_000, seconds: 10 })[A]).toBeGreaterThanOrEqual(1000);
});
