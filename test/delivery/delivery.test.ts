import { afterEach, describe, expect, test } from '@jest/globals';
import { OP } from './support/client.js';
import { cleanUp, gate, startNode, until } from './support/node.js';

afterEach(cleanUp);

const V1 = { protocols: ['tidings.v1'] };

describe('what a plain client receives', () => {
  test('a message that is pushed while it is connected is a frame with the text, byte for byte', async () => {
    const { connect, push } = await startNode();
    const client = await connect();
    await push('Grüße 👋\n"quoted"');
    expect(await client.received(1)).toEqual(['Grüße 👋\n"quoted"']);
  });

  test('what was pending comes first, in order', async () => {
    const { connect, push, store } = await startNode();
    for (let i = 0; i < 5; i++) await push(`pending ${i}`);
    const client = await connect();
    await until(() => store.settled.length === 5);
    await push('live');
    expect(await client.received(6)).toEqual(['pending 0', 'pending 1', 'pending 2', 'pending 3', 'pending 4', 'live']);
  });

  test('a message of 64 KiB comes whole', async () => {
    const { connect, push } = await startNode();
    const client = await connect();
    const text = 'x'.repeat(65_536);
    await push(text);
    expect((await client.received(1))[0]).toBe(text);
  });
});

describe('what a tidings.v1 client receives', () => {
  test('a message is a JSON frame with its attributes', async () => {
    const { connect, push } = await startNode();
    const client = await connect({ topic: 'news' }, V1);
    expect(client.headers['sec-websocket-protocol']).toBe('tidings.v1');
    const message = await push('hello', { topic: 'news', expiresAt: Date.parse('2100-01-01T00:00:00Z') });
    expect(await client.json(1)).toEqual([
      {
        type: 'message',
        id: message.id,
        message: 'hello',
        topic: 'news',
        createdAt: new Date(message.createdAt).toISOString(),
        expiresAt: '2100-01-01T00:00:00.000Z',
        globalMessageId: null,
      },
    ]);
  });

  test('a ping is answered by a pong', async () => {
    const { connect } = await startNode();
    const client = await connect({}, V1);
    client.say({ type: 'ping' });
    expect(await client.json(1)).toEqual([{ type: 'pong' }]);
  });
});

describe('topics', () => {
  test('a message with a topic goes only to connections with that topic, and waits until one connects', async () => {
    const { connect, push, store } = await startNode();
    const other = await connect({ topic: 'sports' });
    const message = await push('news', { topic: 'news' });
    await push('for all');
    expect(await other.received(1)).toEqual(['for all']);
    expect(store.row(message)?.status).toBe('PENDING');
    const client = await connect({ topic: 'news' });
    expect(await client.received(1)).toEqual(['news']);
  });
});

describe('receipts', () => {
  test('the pong for a ping that was written after the frame settles a plain message', async () => {
    const { connect, push, store } = await startNode();
    await connect();
    const message = await push('hello');
    await until(() => store.row(message)?.status === 'DELIVERED');
    expect(store.row(message)?.receipt).toBe('PONG');
  });

  test('keeps a message pending until the pong comes, however late', async () => {
    const { connect, push, store } = await startNode();
    const client = await connect({}, { pongs: false });
    const message = await push('hello');
    await client.until(() => client.texts.length === 1 && client.pings.length === 1);
    expect(store.row(message)?.status).toBe('PENDING');
    client.pong(client.pings[0]!);
    await until(() => store.row(message)?.status === 'DELIVERED');
  });

  test('the pong may come in parts, behind another frame, or between the parts of a message', async () => {
    const { connect, push, store } = await startNode();
    const client = await connect({}, { pongs: false });
    const answers: Array<(ping: Buffer) => void> = [
      (ping) => {
        const frame = Buffer.concat([Buffer.from([0x8a, 0x88, 1, 2, 3, 4]), ping.map((byte, i) => byte ^ ((i & 3) + 1))]);
        client.tcp.write(frame.subarray(0, 7));
        setImmediate(() => client.tcp.write(frame.subarray(7)));
      },
      (ping) => {
        client.tcp.cork();
        client.send(OP.text, 'said');
        client.pong(ping);
        client.tcp.uncork();
      },
      (ping) => {
        client.send(OP.text, 'begun', { fin: false });
        client.pong(ping);
        client.send(0, ', ended');
      },
    ];
    for (const [i, answer] of answers.entries()) {
      const message = await push(`${i}`);
      await client.until(() => client.pings.length === i + 1);
      answer(client.pings[i]!);
      await until(() => store.row(message)?.status === 'DELIVERED');
    }
    expect(client.gone).toBe(false);
    client.send(OP.pong, client.pings[2]!, { masked: false });
    expect(await client.closed()).toBe(1002);
  });

  test('a made-up or unasked pong changes nothing', async () => {
    const { connect, push, store } = await startNode();
    const client = await connect({}, { pongs: false });
    const first = await push('first');
    await client.until(() => client.pings.length === 1);
    client.pong(Buffer.alloc(8));
    client.pong(Buffer.alloc(0));
    client.pong(client.pings[0]!);
    await until(() => store.row(first)?.status === 'DELIVERED');
    const second = await push('second');
    await client.until(() => client.pings.length === 2);
    client.pong(client.pings[0]!);
    client.send(9, 'marker');
    const third = await push('third');
    await client.received(3);
    expect(store.row(second)?.status).toBe('PENDING');
    expect(store.row(third)?.status).toBe('PENDING');
  });

  test('at most one ping is outstanding, and it covers only what was written before it', async () => {
    const { connect, push, store } = await startNode();
    const client = await connect({}, { pongs: false });
    const first = await push('first');
    await client.until(() => client.pings.length === 1);
    const second = await push('second');
    await client.received(2);
    expect(client.pings).toHaveLength(1);
    expect(client.pings[0]).toHaveLength(8);
    client.pong(client.pings[0]!);
    await until(() => store.row(first)?.status === 'DELIVERED');
    expect(store.row(second)?.status).toBe('PENDING');
    await client.until(() => client.pings.length === 2);
    client.pong(client.pings[1]!);
    await until(() => store.row(second)?.status === 'DELIVERED');
  });

  test('frames of one turn share one ping', async () => {
    const { connect, push } = await startNode();
    const client = await connect({}, { pongs: false });
    for (let i = 0; i < 20; i++) await push(`${i}`);
    await client.received(20);
    await client.until(() => client.pings.length > 0);
    expect(client.pings).toHaveLength(1);
  });

  test('the ack settles a tidings.v1 message, a pong does not', async () => {
    const { connect, push, store } = await startNode({ pingIntervalMs: 100 });
    const client = await connect({}, V1);
    const message = await push('hello');
    await client.until(() => client.pings.length >= 2);
    expect(store.row(message)?.status).toBe('PENDING');
    client.say({ type: 'ack', ids: [message.id] });
    await until(() => store.row(message)?.status === 'DELIVERED');
    expect(store.row(message)?.receipt).toBe('ACK');
  });

  test('an ack of what was not sent on this connection is ignored', async () => {
    const { connect, push, store } = await startNode();
    await connect({}, V1);
    const bob = await connect({ recipient: 'bob' }, V1);
    const message = await push('for alice');
    bob.say({ type: 'ack', ids: [message.id, 'nonsense'] });
    bob.say({ type: 'ping' });
    await bob.received(1);
    expect(store.settled).toEqual([]);
  });

  test('a client that never pongs gets the message again on its next connection', async () => {
    const { connect, push, store } = await startNode();
    const client = await connect({}, { pongs: false });
    const message = await push('hello');
    await client.received(1);
    client.cut();
    const next = await connect();
    expect(await next.received(1)).toEqual(['hello']);
    await until(() => store.row(message)?.status === 'DELIVERED');
  });

  test('receipts are kept while the database is away, and written when it is back', async () => {
    const { connect, push, store } = await startNode();
    const client = await connect({}, { pongs: false });
    const message = await push('hello');
    await client.until(() => client.pings.length === 1);
    store.away = true;
    client.pong(client.pings[0]!);
    await until(() => store.calls.filter((call) => call === 'settle').length >= 2);
    store.away = false;
    await until(() => store.row(message)?.status === 'DELIVERED');
  });
});

describe('draining', () => {
  test('300 pending and 100 pushed meanwhile are 400 texts, in order, each once', async () => {
    const { connect, push, store } = await startNode();
    for (let i = 0; i < 300; i++) store.add('0198c1a2-0000-7000-8000-000000000001', 'alice', `${i}`);
    let pushed = 300;
    store.before.pending = async () => {
      for (let i = 0; i < 25 && pushed < 400; i++) await push(`${pushed++}`);
    };
    const client = await connect();
    await client.received(300);
    while (pushed < 400) await push(`${pushed++}`);
    await until(() => store.settled.length >= 400);
    expect(client.texts).toEqual(Array.from({ length: 400 }, (_, i) => `${i}`));
  });

  test('a window smaller than the backlog is refilled as receipts come', async () => {
    const { connect, store } = await startNode({ maxUnconfirmedMessages: 4 });
    for (let i = 0; i < 50; i++) store.add('0198c1a2-0000-7000-8000-000000000001', 'alice', `${i}`);
    const client = await connect({}, { pongs: false });
    await client.until(() => client.pings.length === 1);
    expect(client.texts).toHaveLength(4);
    client.pongs = true;
    client.pong(client.pings[0]!);
    expect(await client.received(50)).toEqual(Array.from({ length: 50 }, (_, i) => `${i}`));
  });

  test.each(['before the subscription', 'before the page is read', 'after the page is read'])(
    'a message pushed %s while the recipient connects comes once',
    async (moment) => {
      const { connect, push, store, bus } = await startNode();
      let pushed = false;
      const pushOnce = async () => {
        if (pushed) return;
        pushed = true;
        await push('in between');
      };
      if (moment === 'before the subscription') bus.beforeSubscribe = pushOnce;
      if (moment === 'before the page is read') store.before.pending = pushOnce;
      if (moment === 'after the page is read') store.after.pending = pushOnce;
      const client = await connect();
      await client.received(1);
      await until(() => store.settled.length === 1);
      await push('afterwards');
      expect(await client.received(2)).toEqual(['in between', 'afterwards']);
    },
  );

  test('more than a drain can buffer is asked for again, and comes in order', async () => {
    const { connect, push, store } = await startNode({ maxUnconfirmedMessages: 10_000, maxUnconfirmedBytes: 10_000_000 });
    const reading = gate();
    store.after.pending = () => reading.opened;
    const client = await connect();
    await until(() => store.calls.includes('pending'));
    for (let i = 0; i < 400; i++) await push(`${i}`);
    // The bus hands events over in turns of the event loop.
    await push('last');
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    reading.open();
    await client.received(401);
    expect(client.texts).toEqual([...Array.from({ length: 400 }, (_, i) => `${i}`), 'last']);
  });

  test('a message recalled during the drain is not sent', async () => {
    const { connect, push, store, tell } = await startNode();
    const reading = gate();
    store.after.pending = () => reading.opened;
    const recalled = await push('recalled');
    await push('kept');
    const client = await connect();
    await until(() => store.calls.includes('pending'));
    store.row(recalled)!.status = 'CANCELLED';
    await tell('alice', { type: 'cancelled', ids: [recalled.id] });
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    reading.open();
    await push('later');
    expect(await client.received(2)).toEqual(['kept', 'later']);
  });

  test('a drain that the database refuses is tried again', async () => {
    const { connect, push, store } = await startNode();
    await push('hello');
    let failures = 0;
    store.before.pending = () => {
      store.away = failures++ < 2;
    };
    const client = await connect();
    expect(await client.received(1)).toEqual(['hello']);
  });
});
