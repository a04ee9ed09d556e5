import { afterEach, describe, expect, it } from '@jest/globals';
import { recipientHash } from '../../src/core/domain/message-ids.js';
import type { RecipientClaims } from '../../src/core/ports/recipient-tokens.js';
import { systemTimers } from '../../src/lib/time/timers.js';
import type { Client } from './support/client.js';
import { cleanUp, startNode, TENANT, type TestNode } from './support/node.js';

afterEach(cleanUp);

const V1 = { protocols: ['tidings.v1'] };
const OTHER_TENANT = '0198c1a2-0000-7000-8000-000000000002';

/** Renews, and takes the answer. */
async function renew(node: TestNode, client: Client, claims: Partial<RecipientClaims>) {
  return say(client, { type: 'renew', id: 'r', token: node.token(claims) });
}

async function say(client: Client, frame: object) {
  const count = client.texts.length + 1;
  client.say(frame);
  return (await client.json(count))[count - 1];
}

const refused = (message: string) => ({
  type: 'error',
  id: 'r',
  code: 'RENEWAL_REFUSED',
  message: expect.stringContaining(message),
});

/** A node whose own time the test puts forward. */
async function startAhead() {
  const time = { ahead: 0 };
  const node = await startNode({}, { timers: { ...systemTimers, now: () => performance.now() + time.ahead } });
  return { node, time };
}

describe('a renewed token', () => {
  it('takes the place of the old one: the connection outlives that', async () => {
    const node = await startNode();
    const expiresAt = node.clock.now() + 700;
    const [renewed, left] = await Promise.all([node.connect({ expiresAt }, V1), node.connect({ expiresAt }, V1)]);
    const end = node.clock.now() + 3_600_000;
    expect(await renew(node, renewed, { expiresAt: end })).toEqual({
      type: 'ok',
      id: 'r',
      expiresAt: new Date(end).toISOString(),
    });
    expect(await left.closed()).toBe(4401);
    await node.push('later');
    expect((await renewed.json(2))[1]).toMatchObject({ type: 'message', message: 'later' });
    expect(renewed.closeCode).toBeNull();
  });

  it('ends the connection earlier, if it ends earlier', async () => {
    const node = await startNode();
    const client = await node.connect({}, V1);
    expect(await renew(node, client, { expiresAt: node.clock.now() + 300 })).toMatchObject({ type: 'ok' });
    expect(await client.closed()).toBe(4401);
  });

  it('is what a revocation looks at', async () => {
    const node = await startNode();
    const [old, renewed] = await Promise.all([node.connect({}, V1), node.connect({}, V1)]);
    expect(await renew(node, renewed, { revocation: 1 })).toMatchObject({ type: 'ok' });
    await node.tell('alice', { type: 'revoked', recipientHash: recipientHash('alice'), number: 1 });
    expect(await old.closed()).toBe(4403);
    await node.tell('alice', { type: 'revoked', recipientHash: recipientHash('alice'), number: 2 });
    expect(await renewed.closed()).toBe(4403);
  });

  it('may come with a number as id, and with restrictions that the connection meets', async () => {
    const node = await startNode();
    const client = await node.connect({}, { ...V1, headers: { Origin: 'https://app.example' } });
    const token = node.token({ origin: 'https://app.example', sourceIp: '127.0.0.0/8' });
    expect(await say(client, { type: 'renew', id: 7, token })).toMatchObject({ type: 'ok', id: 7 });
  });
});

describe('a renewal is refused, and the connection lives on to its old end', () => {
  const CASES: Array<[string, (node: TestNode) => Partial<RecipientClaims>, string]> = [
    ['with an expired token', (node) => ({ expiresAt: node.clock.now() - 1 }), 'token-expired'],
    ['with the token of another recipient', () => ({ recipient: 'bob' }), 'recipient'],
    ['with the token of another tenant', () => ({ tenantId: OTHER_TENANT }), 'recipient'],
    ['with a token for another topic', () => ({ topic: 'news' }), 'topic'],
    ['with a token for another origin', () => ({ origin: 'https://elsewhere.example' }), 'origin'],
    ['with a token for another address', () => ({ sourceIp: '203.0.113.0/24' }), 'address'],
  ];

  it.each(CASES)('%s', async (_, claims, message) => {
    const node = await startNode();
    const client = await node.connect({}, V1);
    expect(await renew(node, client, claims(node))).toEqual(refused(message));
    await node.push('still here');
    expect((await client.json(2))[1]).toMatchObject({ message: 'still here' });
  });

  it('with a token that is forged, was revoked, or cannot be checked', async () => {
    const { node, time } = await startAhead();
    node.store.revocations.push({ tenantId: TENANT, recipientHash: recipientHash('alice'), number: 5 });
    const client = await node.connect({ revocation: 5 }, V1);
    await node.push('drained');
    const first = await client.json(1);
    expect(first).toMatchObject([{ message: 'drained' }]);
    client.say({ type: 'ack', ids: [first[0]?.id] });
    expect(await say(client, { type: 'renew', id: 'r', token: 'forged' })).toEqual(refused('token-forged'));
    time.ahead += 60_000;
    expect(await renew(node, client, { revocation: 4 })).toEqual(refused('revoked'));
    time.ahead += 60_000;
    node.store.away = true;
    expect(await renew(node, client, { revocation: 5 })).toEqual(refused('database'));
    node.store.away = false;
    time.ahead += 60_000;
    expect(await renew(node, client, { revocation: 5 })).toMatchObject({ type: 'ok' });
  });

  it('if another one was tried within a minute, a refused one too', async () => {
    const { node, time } = await startAhead();
    const client = await node.connect({}, V1);
    expect(await renew(node, client, { topic: 'news' })).toEqual(refused('topic'));
    time.ahead += 59_000;
    expect(await renew(node, client, {})).toEqual(refused('one try a minute'));
    time.ahead += 1_000;
    expect(await renew(node, client, {})).toMatchObject({ type: 'ok' });
    expect(await renew(node, client, {})).toEqual(refused('one try a minute'));
  });
});

it.each([
  [{ type: 'renew', token: 'x' }],
  [{ type: 'renew', id: '', token: 'x' }],
  [{ type: 'renew', id: 'x'.repeat(129), token: 'x' }],
  [{ type: 'renew', id: true, token: 'x' }],
  [{ type: 'renew', id: 'r' }],
  [{ type: 'renew', id: 'r', token: '' }],
  [{ type: 'renew', id: 'r', token: 5 }],
])('the malformed frame %j is BAD_USER_INPUT, and no try', async (frame) => {
  const node = await startNode();
  const client = await node.connect({}, V1);
  expect(await say(client, frame)).toMatchObject({ type: 'error', code: 'BAD_USER_INPUT' });
  expect(await renew(node, client, {})).toMatchObject({ type: 'ok' });
});
