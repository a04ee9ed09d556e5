import { afterEach, describe, expect, test } from '@jest/globals';
import { OP } from '../support/client.js';
import { heldBytes, heldSince } from '../support/held-bytes.js';
import { cleanUp, gate, startNode, TENANT, until } from '../support/node.js';

afterEach(cleanUp);

const V1 = { protocols: ['tidings.v1'] };

describe('several connections of one recipient', () => {
  test('each gets a live message once', async () => {
    const { connect, push } = await startNode();
    const tabs = [await connect(), await connect({}, V1), await connect()];
    await push('hello');
    await push('again');
    for (const tab of tabs) expect(await tab.received(2)).toHaveLength(2);
  });

  test('what one had not confirmed when it ended goes at once to the others that have not had it', async () => {
    const { connect, store } = await startNode();
    const message = store.add(TENANT, 'alice', 'drained by the first');
    const first = await connect({}, { pongs: false });
    await first.received(1);
    store.row(message)!.status = 'DELIVERED';
    const second = await connect();
    await until(() => store.calls.filter((call) => call === 'pending').length === 2);
    store.row(message)!.status = 'PENDING';
    first.cut();
    expect(await second.received(1)).toEqual(['drained by the first']);
    await until(() => store.row(message)?.status === 'DELIVERED');
  });

  test('but not what another has had, nor what was settled meanwhile', async () => {
    const { connect, push, store } = await startNode();
    const first = await connect({}, { pongs: false });
    const second = await connect();
    await push('both have it');
    await first.received(1);
    await second.received(1);
    await until(() => store.settled.length === 1);
    first.cut();
    await until(() => store.calls.filter((call) => call === 'pending').length >= 3);
    await push('marker');
    expect(await second.received(2)).toEqual(['both have it', 'marker']);
  });

  test('what one confirmed and the database refused to write goes to the next', async () => {
    const { connect, push, store } = await startNode();
    let refused = false;
    store.before.settle = () => {
      delete store.before.settle;
      refused = true;
      throw new Error('refused');
    };
    const first = await connect();
    const message = await push('confirmed in vain');
    await first.received(1);
    await until(() => refused);
    const second = await connect();
    expect(await second.received(1)).toEqual(['confirmed in vain']);
    await until(() => store.row(message)?.status === 'DELIVERED');
  });

  test('a global that one confirmed and the database refused to write goes to the next', async () => {
    const { connect, pushGlobal, store } = await startNode();
    const first = await connect({}, V1);
    const message = await pushGlobal('to all');
    await first.received(1);
    await until(() => store.row(message, 'alice')?.status === 'PENDING');
    let refused = false;
    store.before.recordGlobals = () => {
      delete store.before.recordGlobals;
      refused = true;
      throw new Error('refused');
    };
    first.say({ type: 'ack', ids: [message.id] });
    await until(() => refused);
    const second = await connect();
    expect(await second.received(1)).toEqual(['to all']);
    await until(() => store.row(message, 'alice')?.status === 'DELIVERED');
  });

  test('a global that one had not confirmed goes to the others, too', async () => {
    const { connect, pushGlobal, store, push } = await startNode();
    const first = await connect({}, { pongs: false });
    await pushGlobal('to all');
    await first.received(1);
    const second = await connect();
    await until(() => store.calls.filter((call) => call === 'pending').length === 2);
    first.cut();
    expect(await second.received(1)).toEqual(['to all']);
    await push('marker');
    expect(await second.received(2)).toEqual(['to all', 'marker']);
  });

  test('one with a full window does not hold up the other, and does not get what the other confirmed', async () => {
    const { connect, push, store } = await startNode({ maxUnconfirmedMessages: 2 });
    const stuck = await connect({}, { pongs: false });
    const quick = await connect({});
    for (let i = 0; i < 6; i++) {
      await push(`${i}`);
      await until(() => store.settled.length === i + 1);
    }
    expect(quick.texts).toHaveLength(6);
    expect(stuck.texts).toEqual(['0', '1']);
    stuck.pongs = true;
    stuck.pong(stuck.pings[0]!);
    await push('marker');
    await stuck.until(() => stuck.texts.includes('marker'));
    expect(stuck.texts).toEqual(['0', '1', 'marker']);
  });
});

describe('the window', () => {
  test('bounds unconfirmed bytes', async () => {
    const { connect, push } = await startNode({ maxUnconfirmedBytes: 3_000 });
    const client = await connect({}, { pongs: false });
    for (let i = 0; i < 5; i++) await push(`${i}`.repeat(1_000));
    await client.until(() => client.pings.length === 1);
    client.send(OP.ping, 'marker');
    expect(client.texts.length).toBeLessThanOrEqual(2);
    client.pongs = true;
    client.pong(client.pings[0]!);
    expect((await client.received(5)).map((text) => text.charAt(0))).toEqual(['0', '1', '2', '3', '4']);
  });

  test('a message that is bigger than all the room may go if nothing is unconfirmed', async () => {
    const { connect, push } = await startNode({ maxUnconfirmedBytes: 100 });
    const client = await connect();
    await push('a'.repeat(500));
    await push('b'.repeat(500));
    expect((await client.received(2)).map((text) => text.length)).toEqual([500, 500]);
  });

  test('what does not fit is asked for when there is room for it, not again and again', async () => {
    const { connect, push, store } = await startNode({ maxUnconfirmedBytes: 3_000 });
    const client = await connect({}, V1);
    const small = await push('a'.repeat(500));
    await push('b'.repeat(2_700));
    await client.received(1);
    for (let i = 2; i < 20; i++) {
      client.say({ type: 'ping' });
      await client.received(i);
    }
    expect(store.calls.filter((call) => call === 'pending').length).toBeLessThan(5);
    client.say({ type: 'ack', ids: [small.id] });
    await client.until(() => client.texts.some((text) => text.includes('bbb')));
  });

  test('acks make room in tidings.v1, and the rest comes in order', async () => {
    const { connect, push } = await startNode({ maxUnconfirmedMessages: 4 });
    const client = await connect({}, V1);
    for (let i = 0; i < 10; i++) await push(`${i}`);
    for (let acked = 0; acked < 10; ) {
      const frames = await client.json(Math.min(10, acked + 1));
      client.say({ type: 'ack', ids: frames.slice(acked).map((frame) => frame.id) });
      acked = frames.length;
    }
    expect((await client.json(10)).map((frame) => frame.message)).toEqual(Array.from({ length: 10 }, (_, i) => `${i}`));
  });

  test('a client of tidings.v1 that acks less than half of its window still gets what there is room for', async () => {
    const { connect, push } = await startNode({ maxUnconfirmedMessages: 4 });
    const client = await connect({}, V1);
    for (let i = 0; i < 6; i++) await push(`${i}`);
    const frames = await client.json(4);
    client.say({ type: 'ack', ids: [frames[0]?.id] });
    expect((await client.json(5)).map((frame) => frame.message)).toEqual(['0', '1', '2', '3', '4']);
  });

  test('a client that does not read costs little memory, is cut when what waits for it expires, and gets the rest later', async () => {
    const { connect, push, store, clock, node } = await startNode({
      maxUnconfirmedMessages: 10_000,
      maxUnconfirmedBytes: 50_000_000,
    });
    const frozen = await connect({}, { pongs: false });
    frozen.tcp.pause();
    const text = 'x'.repeat(60_000);
    const expiresAt = clock.now() + 1_500;
    for (let i = 0; i < 300; i++) await push(text, { expiresAt });
    const kept = await push('kept');
    await until(() => node.connections === 0);
    expect(clock.now()).toBeGreaterThanOrEqual(expiresAt);
    // Nothing that was buffered for it was written after its expiry: the connection is gone, with the buffer.
    frozen.tcp.resume();
    await frozen.until(() => frozen.gone);
    expect(frozen.texts.length).toBeLessThan(300);
    const next = await connect();
    expect(await next.received(1)).toEqual(['kept']);
    await until(() => store.row(kept)?.status === 'DELIVERED');
  });
});

describe('a client that never reads', () => {
  const CLIENTS = 8;
  const TEXT = 'x'.repeat(60_000);
  const MESSAGES = 1_000;

  test.each([
    ['plain', {}],
    ['tidings.v1', V1],
  ])('costs less than 1 MB, with 60 MB queued for it and a window without bounds (%s)', async (_mode, options) => {
    const { connect, push } = await startNode({ maxUnconfirmedMessages: 10_000, maxUnconfirmedBytes: 500_000_000 });
    const clients = await Promise.all(
      Array.from({ length: CLIENTS }, (_, i) => connect({ recipient: `${i}` }, { ...options, pongs: false })),
    );
    for (const { tcp } of clients) tcp.pause();
    const before = await heldBytes();
    // The store of the test and the bus hold this one text, whatever is pushed: all that grows is the node's.
    for (let n = 0; n < MESSAGES; n++) for (let i = 0; i < CLIENTS; i++) await push(TEXT, {}, `${i}`);
    expect(await heldSince(before, CLIENTS * 1_000_000)).toBeLessThan(CLIENTS * 1_000_000);
    for (const client of clients) client.cut();
  });
});

describe('expiry', () => {
  test('a message that expired while it waited is not sent', async () => {
    const { connect, push, store, clock } = await startNode();
    const reading = gate();
    store.after.pending = () => reading.opened;
    await push('short-lived', { expiresAt: clock.now() + 50 });
    await push('long-lived', { expiresAt: clock.now() + 50_000 });
    const client = await connect();
    await until(() => store.calls.includes('pending'));
    await push('buffered and short-lived', { expiresAt: clock.now() + 60 });
    clock.ahead += 1_000;
    reading.open();
    await push('marker');
    expect(await client.received(2)).toEqual(['long-lived', 'marker']);
  });
});

describe('the heartbeat', () => {
  test('an idle connection is pinged, and stays open while it answers', async () => {
    const { connect, push } = await startNode({ pingIntervalMs: 300, pongTimeoutMs: 600 });
    const client = await connect();
    await client.until(() => client.pings.length >= 4);
    await push('hello');
    expect(await client.received(1)).toEqual(['hello']);
  });

  test.each([{}, V1])('one whose pong does not come is closed with 4408 and dropped (%j)', async (options) => {
    const { connect, node } = await startNode({ pingIntervalMs: 300, pongTimeoutMs: 300 });
    const client = await connect({}, { ...options, pongs: false, closes: false });
    expect(await client.closed()).toBe(4408);
    expect(node.connections).toBe(0);
    await client.until(() => client.gone);
  });

  test('a token that expires while connected closes with 4401', async () => {
    const { connect, clock } = await startNode();
    const client = await connect({ expiresAt: clock.now() + 700 });
    expect(client.status).toBe(101);
    expect(await client.closed()).toBe(4401);
    expect(clock.now()).toBeGreaterThanOrEqual(700);
  });
});

describe('what clients send', () => {
  test('data frames of a plain client are ignored up to 4 KiB', async () => {
    const { connect, push } = await startNode();
    const client = await connect();
    client.send(OP.text, 'x'.repeat(4_096));
    client.send(OP.binary, Buffer.alloc(4_096));
    await push('still here');
    expect(await client.received(1)).toEqual(['still here']);
  });

  test('beyond their rate: 1008', async () => {
    const { connect } = await startNode();
    const client = await connect();
    for (let i = 0; i < 200; i++) client.send(OP.text, 'chatter');
    expect(await client.closed()).toBe(1008);
  });

  test('pings of the client count, too', async () => {
    const { connect } = await startNode();
    const client = await connect();
    for (let i = 0; i < 200; i++) client.send(OP.ping, 'x');
    expect(await client.closed()).toBe(1008);
  });

  test.each<[string, number, string[], (client: Awaited<ReturnType<typeof import('../support/client.js').Client.open>>) => void]>(
    [
      ['a plain frame above 4 KiB', 1009, [], (client) => client.send(OP.text, 'x'.repeat(4_097))],
      ['a tidings.v1 frame above 64 KiB', 1009, ['tidings.v1'], (client) => client.send(OP.text, 'x'.repeat(65_537))],
      ['a binary frame in tidings.v1', 1003, ['tidings.v1'], (client) => client.send(OP.binary, 'x')],
      ['text that is no UTF-8', 1007, [], (client) => client.send(OP.text, Buffer.from([0xff, 0xfe]))],
      ['a frame that is not masked', 1002, [], (client) => client.send(OP.text, 'x', { masked: false })],
      ['an unknown opcode', 1002, [], (client) => client.send(3, 'x')],
    ],
  )('%s: %d', async (_case, code, protocols, send) => {
    const { connect } = await startNode();
    const client = await connect({}, { protocols });
    send(client);
    expect(await client.closed()).toBe(code);
  });

  test('a tidings.v1 frame of 64 KiB is taken', async () => {
    const { connect, push, store } = await startNode();
    const client = await connect({}, V1);
    const message = await push('hello');
    await client.received(1);
    const ids = [message.id, ...Array.from({ length: 1_600 }, () => message.id)];
    client.say({ type: 'ack', ids });
    await until(() => store.row(message)?.receipt === 'ACK');
  });

  test.each<[string, string]>([
    ['no JSON', '{'],
    ['no object', '[]'],
    ['no type', '{}'],
    ['an unknown type', '{"type":"constructor"}'],
    ['an ack without ids', '{"type":"ack"}'],
    ['an ack of what is no string', '{"type":"ack","ids":[1]}'],
  ])('%s gets an error frame', async (_case, text) => {
    const { connect } = await startNode();
    const client = await connect({}, V1);
    client.send(OP.text, text);
    expect(await client.json(1)).toEqual([{ type: 'error', code: 'BAD_USER_INPUT', message: expect.any(String) }]);
  });

  test('an error names the id of the frame, if it has one', async () => {
    const { connect } = await startNode();
    const client = await connect({}, V1);
    client.say({ type: 'nonsense', id: 'mine' });
    expect(await client.json(1)).toMatchObject([{ type: 'error', id: 'mine' }]);
  });

  test('more than ten malformed frames a minute: each gets its error frame, then 1008', async () => {
    const { connect } = await startNode();
    const client = await connect({}, V1);
    for (let i = 0; i < 11; i++) client.say({ type: 'nonsense' });
    expect(await client.closed()).toBe(1008);
    expect(client.texts).toHaveLength(11);
  });

  test('acks that confirm something are not limited', async () => {
    const { connect, push, store } = await startNode();
    const client = await connect({}, V1);
    for (let i = 0; i < 250; i++) await push(`${i}`);
    for (const frame of await client.json(250)) client.say({ type: 'ack', ids: [frame.id] });
    await until(() => store.settled.length === 250);
    expect(client.closeCode).toBe(null);
  });
});
