import { afterEach, describe, expect, test } from '@jest/globals';
import { recipientHash } from '../../../src/core/domain/message-ids.js';
import type { BusEvent } from '../../../src/core/ports/message-bus.js';
import { ALL_TOKENS } from '../../../src/core/ports/stores/delivery-store.js';
import { cleanUp, gate, startNode, TENANT, until } from '../support/node.js';

afterEach(cleanUp);

const V1 = { protocols: ['tidings.v1'] };
const revocation = { tenantId: TENANT, recipientHash: recipientHash('alice'), number: 1 };

describe('what the bus lost', () => {
  test('a message is found by the sweep', async () => {
    const { connect, push, bus } = await startNode({ sweepIntervalMs: 60 });
    const client = await connect();
    bus.losing = true;
    await push('lost', { createdAt: Date.now() - 1_000 });
    expect(await client.received(1)).toEqual(['lost']);
  });

  test('a message is found after a gap at once, however young', async () => {
    const { connect, push, bus } = await startNode();
    const client = await connect();
    bus.losing = true;
    await push('lost');
    bus.gap();
    expect(await client.received(1)).toEqual(['lost']);
  });

  test('its event comes after all: not twice on one connection', async () => {
    const { connect, push, bus, tell } = await startNode();
    const client = await connect();
    bus.losing = true;
    const message = await push('lost');
    bus.losing = false;
    bus.gap();
    await client.received(1);
    await tell('alice', { type: 'message', message });
    await push('marker');
    expect(await client.received(2)).toEqual(['lost', 'marker']);
  });

  test('an event that comes long after its message only asks the database', async () => {
    const { connect, store, push, tell } = await startNode();
    const client = await connect();
    const message = store.add(TENANT, 'alice', 'settled elsewhere', { createdAt: Date.now() - 60_000 });
    store.row(message)!.status = 'DELIVERED';
    await tell('alice', { type: 'message', message });
    await push('marker');
    expect(await client.received(1)).toEqual(['marker']);
  });

  test('a sweep does not send again what is on its way', async () => {
    const { connect, push, store, clock } = await startNode({ sweepIntervalMs: 60 });
    const client = await connect({}, { pongs: false });
    await push('slow', { createdAt: clock.now() - 1_000 });
    await client.received(1);
    const looks = store.calls.filter((call) => call === 'findPending').length;
    await until(() => store.calls.filter((call) => call === 'findPending').length >= looks + 4);
    await push('marker');
    expect(await client.received(2)).toEqual(['slow', 'marker']);
  });

  test('nor what is confirmed while its receipt waits for the database', async () => {
    const { connect, push, store, bus } = await startNode();
    const client = await connect();
    const writing = gate();
    store.before.settle = () => writing.opened;
    await push('confirmed');
    await until(() => store.calls.includes('settle'));
    const other = await connect();
    bus.gap();
    await until(() => store.calls.includes('findPending'));
    await push('marker');
    expect(await client.received(2)).toEqual(['confirmed', 'marker']);
    expect(await other.received(1)).toEqual(['marker']);
    writing.open();
  });

  test('a revocation and one of all tokens close connections with 4403, a disabled tenant with 4401', async () => {
    const { connect, store } = await startNode({ sweepIntervalMs: 60 });
    const client = await connect();
    const bob = await connect({ recipient: 'bob' });
    store.revocations.push(revocation);
    expect(await client.closed()).toBe(4403);
    expect(bob.closeCode).toBe(null);
    const later = await connect({ recipient: 'carol', revocation: 9 });
    store.revocations.push({ tenantId: TENANT, recipientHash: null, number: 9 });
    expect(await bob.closed()).toBe(4403);
    expect(later.closeCode).toBe(null);
    store.inactive.add(TENANT);
    expect(await later.closed()).toBe(4401);
  });

  test('what is pushed to all after the database’s clock went back comes all the same', async () => {
    const { connect, pushGlobal, clock } = await startNode();
    const client = await connect();
    clock.ahead -= 60_000;
    await pushGlobal('by the new clock');
    expect(await client.received(1)).toEqual(['by the new clock']);
  });

  test('a revocation of after the database’s clock went back is looked for', async () => {
    const { connect, clock, store } = await startNode({ sweepIntervalMs: 20 });
    await connect();
    const revocationsSince = store.revocationsSince.bind(store);
    const asked: Date[] = [];
    store.revocationsSince = (tenantIds, since) => {
      asked.push(since);
      return revocationsSince(tenantIds, since);
    };
    await until(() => asked.length > 0);
    clock.ahead -= 60_000;
    const wentBackAt = clock.now();
    const before = asked.length;
    await until(() => asked.length > before);
    expect(asked[before]?.getTime()).toBeLessThan(wentBackAt);
  });

  test('the sweep goes on after the database was away', async () => {
    const { connect, push, store, bus } = await startNode({ sweepIntervalMs: 60 });
    const client = await connect();
    store.away = true;
    const looks = store.calls.filter((call) => call === 'findPending').length;
    await until(() => store.calls.filter((call) => call === 'findPending').length >= looks + 2);
    bus.losing = true;
    await push('lost', { createdAt: Date.now() - 1_000 });
    store.away = false;
    expect(await client.received(1)).toEqual(['lost']);
  });
});

describe('a subscription that is not confirmed', () => {
  test('does not hold up a connect; when it is, what was missed is asked for', async () => {
    const { connect, push, store, bus } = await startNode();
    await push('pending');
    const subscribing = gate();
    bus.beforeSubscribe = () => subscribing.opened;
    const client = await connect();
    expect(await client.received(1)).toEqual(['pending']);
    store.add(TENANT, 'alice', 'missed');
    subscribing.open();
    expect(await client.received(2)).toEqual(['pending', 'missed']);
  });

  test('a node is subscribed to the recipients that it holds and their tenants, and to nothing else', async () => {
    const { connect, bus } = await startNode();
    const client = await connect();
    const tab = await connect();
    await until(() => bus.channels.size === 2);
    expect([...bus.channels].sort()).toEqual([`r:${TENANT}:alice`, `t:${TENANT}`]);
    client.cut();
    tab.cut();
    await until(() => bus.channels.size === 0);
  });
});

describe('control events', () => {
  test('a revocation closes open connections with 4403; tokens issued after it stay', async () => {
    const { connect, tell, push } = await startNode();
    const old = await connect({ revocation: 0 });
    const fresh = await connect({ revocation: 1 });
    await tell(null, { type: 'revoked', ...revocation });
    expect(await old.closed()).toBe(4403);
    await push('hello');
    expect(await fresh.received(1)).toEqual(['hello']);
  });

  test.each(['by the second look', 'by its event'])(
    'a revocation during a handshake closes with 4403 (noticed %s)',
    async (how) => {
      const { connect, store, push, tell } = await startNode();
      await push('secret');
      const looks = () => store.calls.filter((call) => call === 'standing').length;
      // The first look is that of the handshake.
      if (how === 'by the second look') {
        store.before.standing = () => {
          if (looks() === 2) store.revocations.push(revocation);
        };
      } else {
        store.after.standing = async () => {
          if (looks() === 2) await tell(null, { type: 'revoked', ...revocation });
        };
      }
      const client = await connect();
      expect(client.status).toBe(101);
      expect(await client.closed()).toBe(4403);
    },
  );

  test.each<[string, BusEvent, number]>([
    ['disabled, so that clients ask for new tokens', { type: 'tenant-disabled' }, 4401],
    ['deleted, so that they do not', { type: 'revoked', ...ALL_TOKENS }, 4403],
  ])('a tenant loses its connections when it is %s', async (_, event, code) => {
    const { connect, tell } = await startNode();
    const client = await connect({}, V1);
    await tell(null, event);
    expect(await client.closed()).toBe(code);
  });

  test('a message that was recalled is not sent, even if its event comes late', async () => {
    const { connect, tell, store, push } = await startNode();
    const client = await connect();
    const message = store.add(TENANT, 'alice', 'recalled');
    store.row(message)!.status = 'CANCELLED';
    await tell('alice', { type: 'cancelled', ids: [message.id] });
    await tell('alice', { type: 'message', message });
    await push('marker');
    expect(await client.received(1)).toEqual(['marker']);
  });

  test('an event without text and id, of the version before, asks the database, in order', async () => {
    const { connect, push, store, tell } = await startNode();
    const client = await connect();
    await push('before');
    store.add(TENANT, 'alice', 'long');
    await tell('alice', { type: 'pending' });
    await push('after');
    expect(await client.received(3)).toEqual(['before', 'long', 'after']);
  });
});
