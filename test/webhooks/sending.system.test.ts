import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { until } from '../support/index.js';
import { Installation, SECRET } from './support/installation.js';
import type { Received, Receiver } from './support/receiver.js';

let place: Installation;

beforeAll(async () => {
  place = await Installation.start();
  place.startSender();
}, 60_000);
afterAll(() => place.stop());

const idsOf = (requests: readonly Received[]) => requests.map(({ headers }) => String(headers['webhook-id']));
const bodyOf = ({ body }: Received) => JSON.parse(body);

async function setUp(settings: Parameters<Installation['newWebhook']>[2] = {}) {
  const tenantId = await place.newTenant();
  const receiver = await place.startReceiver();
  const webhook = await place.newWebhook(tenantId, receiver.url, settings);
  return { tenantId, receiver, webhook, now: () => place.webhookOf(tenantId, webhook.id) };
}

const attemptsOf = async (tenantId: string, webhookId: string) =>
  (await place.store.listAttempts(tenantId, { webhookId, eventId: null, failed: null }, null, 1_000)).items;

describe('an event', () => {
  test('is posted once, signed as Standard Webhooks says, with the facts of the event', async () => {
    const { tenantId, receiver, webhook, now } = await setUp();
    const messageId = randomUUID();
    await place.addEvents(tenantId, [{ messageId, recipient: 'ann' }]);
    const [request] = await receiver.received(1);
    await place.untilSent(tenantId, webhook.id);
    expect(request?.method).toBe('POST');
    const told = new Webhook(SECRET).verify(request?.body ?? '', request?.headers as Record<string, string>);
    expect(told).toEqual({
      ...{ id: request?.headers['webhook-id'], type: 'message.delivered', timestamp: expect.stringMatching(/Z$/) },
      data: {
        ...{ id: messageId, recipient: 'ann', topic: null, status: 'DELIVERED', receipt: 'ACK', cancelReason: null },
        ...{ createdAt: expect.any(String), expiresAt: null, deliveredAt: expect.any(String), cancelledAt: null },
        globalMessageId: null,
      },
    });
    expect(await attemptsOf(tenantId, webhook.id)).toMatchObject([
      { attempt: 1, httpStatus: 200, error: null, nextAttemptAt: null },
    ]);
    expect(await now()).toMatchObject({
      state: 'ACTIVE',
      waiting: 0,
      dropped: 0,
      lastSuccessAt: expect.any(Date),
      failingSince: null,
    });
  });

  test('is verified by another implementation, too', async () => {
    const { tenantId, receiver } = await setUp();
    await place.addEvents(tenantId, [{ recipient: 'Zoë \u{1f600}' }]);
    const [request] = await receiver.received(1);
    const script = `
import base64, hashlib, hmac, json, sys
given = json.load(sys.stdin)
key = base64.b64decode(given["secret"].removeprefix("whsec_"))
signed = (given["id"] + "." + given["timestamp"] + "." + given["body"]).encode()
print("v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode())`;
    const headers = request?.headers ?? {};
    const input = JSON.stringify({
      ...{ secret: SECRET, id: headers['webhook-id'], timestamp: headers['webhook-timestamp'], body: request?.body },
    });
    expect(execFileSync('python3', ['-c', script], { input }).toString().trim()).toBe(headers['webhook-signature']);
  });

  test('comes by its type, and of a global message only if asked for', async () => {
    const { tenantId, receiver, webhook } = await setUp({ events: ['RECALLED'] });
    const all = await place.startReceiver();
    const other = await place.newWebhook(tenantId, all.url, { globals: true });
    await place.addEvents(tenantId, [
      { type: 'RECALLED', globalMessageId: randomUUID() },
      { type: 'DELIVERED' },
      { type: 'RECALLED' },
    ]);
    await all.received(3);
    await place.untilSent(tenantId, other.id);
    await place.untilSent(tenantId, webhook.id);
    expect(receiver.requests.map((request) => bodyOf(request).type)).toEqual(['message.recalled']);
    expect(all.requests).toHaveLength(3);
  });

  test('that failed comes again under the same id, signed anew', async () => {
    const { tenantId, receiver, webhook, now } = await setUp();
    receiver.respond = (response) => response.writeHead(500).end();
    await place.addEvents(tenantId, [{}]);
    await receiver.received(1);
    await until('the attempt is recorded', async () => (await attemptsOf(tenantId, webhook.id)).length === 1);
    const [failed] = await attemptsOf(tenantId, webhook.id);
    expect(failed).toMatchObject({ attempt: 1, httpStatus: 500 });
    const wait = (failed?.nextAttemptAt?.getTime() ?? 0) - (failed?.at.getTime() ?? 0);
    expect(wait).toBeGreaterThan(4_400);
    expect(wait).toBeLessThan(8_000);
    expect(await now()).toMatchObject({ state: 'ACTIVE', waiting: 1, failingSince: expect.any(Date), lastSuccessAt: null });
    receiver.respond = (response) => response.end();
    await place.forwardAttempts();
    await receiver.received(2);
    await place.untilSent(tenantId, webhook.id);
    expect(new Set(idsOf(receiver.requests)).size).toBe(1);
    expect((await attemptsOf(tenantId, webhook.id)).map(({ attempt }) => attempt)).toEqual([2, 1]);
  });

  test('waits for the former one of its message, and for none of another', async () => {
    const { tenantId, receiver, webhook } = await setUp();
    const [first, second] = [randomUUID(), randomUUID()];
    receiver.respond = (response, request) =>
      response.writeHead(bodyOf(request).data.id === first && receiver.requests.length < 4 ? 503 : 200).end();
    await place.addEvents(tenantId, [
      { messageId: first, type: 'OVERDUE' },
      { messageId: first, type: 'DELIVERED' },
      { messageId: second, type: 'DELIVERED' },
    ]);
    await receiver.received(2);
    await until('both are recorded', async () => (await attemptsOf(tenantId, webhook.id)).length === 2);
    expect(receiver.requests.map((request) => bodyOf(request).type).sort()).toEqual(['message.delivered', 'message.overdue']);
    receiver.respond = (response) => response.end();
    await place.forwardAttempts();
    await place.untilSent(tenantId, webhook.id);
    const ofFirst = receiver.requests.map(bodyOf).filter(({ data }) => data.id === first);
    expect(ofFirst.map(({ type }) => type)).toEqual(['message.overdue', 'message.overdue', 'message.delivered']);
  });

  test('that waits for an event which is gone is posted after the next clean-up', async () => {
    const { tenantId, receiver, webhook } = await setUp();
    receiver.respond = (response) => response.writeHead(500).end();
    await place.addEvents(tenantId, [{}]);
    await until('the attempt is recorded', async () => (await attemptsOf(tenantId, webhook.id)).length === 1);
    await place.sql(`UPDATE webhook_queue SET due_at = 'infinity' WHERE webhook_id = $1`, [webhook.id]);
    receiver.respond = (response) => response.end();
    await place.store.cleanUpWebhooks();
    await receiver.received(2);
    await place.untilSent(tenantId, webhook.id);
  });

  test('is given up after the tenth attempt, and can be replayed', async () => {
    const { tenantId, receiver, webhook, now } = await setUp();
    receiver.respond = (response) => response.writeHead(500).end();
    const messageId = randomUUID();
    await place.addEvents(tenantId, [{ messageId }]);
    for (let attempt = 1; attempt <= 10; attempt++) {
      await receiver.received(attempt);
      await until('it is recorded', async () => (await attemptsOf(tenantId, webhook.id)).length === attempt);
      await place.forwardAttempts();
    }
    expect(await now()).toMatchObject({ state: 'FAILING', waiting: 0, dropped: 1, stateReason: expect.stringContaining('10') });
    expect((await attemptsOf(tenantId, webhook.id))[0]).toMatchObject({ attempt: 10, nextAttemptAt: null });
    receiver.respond = (response) => response.end();
    const of = { tenantId, id: webhook.id };
    const replay = await place.store.replayWebhook(of, { eventIds: null, recorded: null, failedOnly: true });
    expect(replay).toEqual({ replayed: 1, complete: true });
    await receiver.received(11);
    await place.untilSent(tenantId, webhook.id);
    expect(new Set(idsOf(receiver.requests)).size).toBe(1);
    expect(await now()).toMatchObject({ state: 'ACTIVE', failingSince: null });
    expect(await place.store.replayWebhook(of, { eventIds: null, recorded: null, failedOnly: true })).toEqual({
      replayed: 0,
      complete: true,
    });
  });
});

describe('an endpoint', () => {
  test('that fails ten times in a row is tried with its oldest request alone, until that succeeds', async () => {
    const { tenantId, receiver, webhook, now } = await setUp();
    receiver.respond = (response) => response.writeHead(500).end();
    await place.addEvents(
      tenantId,
      Array.from({ length: 30 }, () => ({})),
    );
    await until('it is failing', async () => (await now()).state === 'FAILING');
    await until('all have ended', async () => {
      const [row] = await place.sql('SELECT count(*)::int AS due FROM webhook_queue WHERE webhook_id = $1 AND attempts > 0', [
        webhook.id,
      ]);
      return row?.due === receiver.requests.length;
    });
    const before = receiver.requests.length;
    await place.forwardAttempts();
    await receiver.received(before + 1);
    await until('it is recorded', async () => (await attemptsOf(tenantId, webhook.id)).length === before + 1);
    const oldest = bodyOf(receiver.requests[0] as Received).id;
    expect(idsOf(receiver.requests.slice(before))).toEqual([oldest]);
    receiver.respond = (response) => response.end();
    await place.forwardAttempts();
    await place.untilSent(tenantId, webhook.id);
    expect(await now()).toMatchObject({ state: 'ACTIVE', stateReason: null, waiting: 0, dropped: 0 });
    expect(new Set(idsOf(receiver.requests)).size).toBe(30);
  });

  test('that answers 410 is disabled; what waits comes once it is switched on again', async () => {
    const { tenantId, receiver, webhook, now } = await setUp();
    receiver.respond = (response) => response.writeHead(410).end();
    await place.addEvents(tenantId, [{}]);
    await until('it is disabled', async () => (await now()).state === 'DISABLED');
    expect((await now()).stateReason).toContain('410');
    await place.addEvents(tenantId, [{}]);
    expect((await now()).waiting).toBe(2);
    receiver.respond = (response) => response.end();
    const none = { url: null, events: null, description: null, includeText: null, maxBatch: null, globals: null };
    const change = { ...none, paused: false, secretOfAnotherUrl: null };
    expect(await place.store.updateWebhook({ tenantId, id: webhook.id }, change)).toMatchObject({
      state: 'ACTIVE',
      stateReason: null,
    });
    await place.untilSent(tenantId, webhook.id);
    expect(new Set(idsOf(receiver.requests)).size).toBe(2);
  });

  test('that says when to come again is obeyed, as long as that is later', async () => {
    const { tenantId, receiver, webhook } = await setUp();
    receiver.respond = (response) => response.writeHead(429, { 'retry-after': '3600' }).end();
    await place.addEvents(tenantId, [{}]);
    await until('it is recorded', async () => (await attemptsOf(tenantId, webhook.id)).length === 1);
    const [attempt] = await attemptsOf(tenantId, webhook.id);
    const wait = (attempt?.nextAttemptAt?.getTime() ?? 0) - (attempt?.at.getTime() ?? 0);
    expect(Math.round(wait / 60_000)).toBe(60);
  });

  test('that is slow gets 20 requests at once, and delays no other', async () => {
    const { tenantId, receiver } = await setUp();
    let open = 0;
    let most = 0;
    const held: Array<() => void> = [];
    receiver.respond = (response) => {
      most = Math.max(most, ++open);
      held.push(() => {
        open--;
        response.end();
      });
    };
    await place.addEvents(
      tenantId,
      Array.from({ length: 50 }, () => ({})),
    );
    await receiver.received(20);
    const healthy = await place.startReceiver();
    const beside = await place.newWebhook(tenantId, healthy.url);
    await place.addEvents(
      tenantId,
      Array.from({ length: 30 }, () => ({})),
    );
    await healthy.received(30);
    await place.untilSent(tenantId, beside.id);
    expect([receiver.requests.length, most]).toEqual([20, 20]);
    receiver.respond = (response) => response.end();
    for (const end of held) end();
    await receiver.received(80);
    expect(most).toBe(20);
  });

  test('without a success for five days is disabled', async () => {
    const { tenantId, receiver, webhook, now } = await setUp();
    receiver.respond = (response) => response.writeHead(500).end();
    await place.addEvents(tenantId, [{}]);
    await until('it is recorded', async () => (await attemptsOf(tenantId, webhook.id)).length === 1);
    await place.sql(`UPDATE webhooks SET failing_since = now() - interval '6 days' WHERE id = $1`, [webhook.id]);
    await place.store.cleanUpWebhooks();
    expect(await now()).toMatchObject({ state: 'DISABLED', stateReason: 'no attempt succeeded for 5 days' });
  });
});

describe('a batch', () => {
  const sizesOf = (receiver: Receiver) => receiver.requests.map((request) => bodyOf(request).data.events.length);

  test('has what came together, and the same members and id in each attempt', async () => {
    const { tenantId, receiver, webhook } = await setUp({ maxBatch: 5 });
    receiver.respond = (response) => response.writeHead(receiver.requests.length === 1 ? 500 : 200).end();
    await place.addEvents(
      tenantId,
      Array.from({ length: 7 }, () => ({})),
    );
    await receiver.received(2);
    await until('both are recorded', async () => (await attemptsOf(tenantId, webhook.id)).length === 2);
    expect(sizesOf(receiver).sort()).toEqual([2, 5]);
    // More that comes does not join the one that failed.
    await place.addEvents(tenantId, [{}]);
    await receiver.received(3);
    await place.forwardAttempts();
    await receiver.received(4);
    await place.untilSent(tenantId, webhook.id);
    const [first, , , again] = receiver.requests;
    expect(again?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    expect(again?.body).toBe(first?.body);
    expect(bodyOf(first as Received)).toMatchObject({ id: first?.headers['webhook-id'], type: 'message.batch' });
    const [attempt] = await attemptsOf(tenantId, webhook.id);
    expect(attempt?.eventIds).toEqual(bodyOf(again as Received).data.events.map(({ id }: { id: string }) => id));
  });

  test('has no two events of one message', async () => {
    const { tenantId, receiver, webhook } = await setUp({ maxBatch: 500 });
    const messageId = randomUUID();
    await place.addEvents(tenantId, [{ messageId, type: 'OVERDUE' }, {}, { messageId, type: 'DELIVERED' }]);
    await receiver.received(2);
    await place.untilSent(tenantId, webhook.id);
    expect(sizesOf(receiver)).toEqual([2, 1]);
  });

  test('that named an erased recipient goes out anew with another id', async () => {
    const { tenantId, receiver, webhook } = await setUp({ maxBatch: 3 });
    receiver.respond = (response) => response.writeHead(500).end();
    await place.addEvents(tenantId, [{ recipient: 'ann' }, { recipient: 'bob' }, { recipient: 'cid' }]);
    await until('it is recorded', async () => (await attemptsOf(tenantId, webhook.id)).length === 1);
    await place.store.erase(tenantId, 'bob', 1000);
    expect(await place.webhookOf(tenantId, webhook.id)).toMatchObject({ waiting: 2 });
    receiver.respond = (response) => response.end();
    await place.forwardAttempts();
    await receiver.received(2);
    await place.untilSent(tenantId, webhook.id);
    const [first, second] = receiver.requests.map(bodyOf);
    expect(second.data.events.map(({ data }: { data: { recipient: string } }) => data.recipient)).toEqual(['ann', 'cid']);
    expect(second.id).not.toBe(first.id);
    expect(await place.webhookOf(tenantId, webhook.id)).toMatchObject({ dropped: 0 });
  });
});

describe('nodes', () => {
  test('send for a tenant one at a time: the other goes on within 10 s where one ends without a word', async () => {
    const { tenantId, receiver, webhook } = await setUp();
    // A node that has died while it held the lease.
    await place.sql(
      `UPDATE webhook_senders SET node = gen_random_uuid(), leased_until = now() + interval '6 seconds' WHERE tenant_id = $1`,
      [tenantId],
    );
    const began = performance.now();
    await place.addEvents(tenantId, [{}]);
    await receiver.received(1);
    expect(performance.now() - began).toBeLessThan(10_000);
    await place.untilSent(tenantId, webhook.id);
    expect(receiver.requests).toHaveLength(1);
  }, 20_000);
});
