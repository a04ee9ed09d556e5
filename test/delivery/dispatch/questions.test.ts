import { afterEach, describe, expect, test } from '@jest/globals';
import { recipientChannel } from '../../../src/core/ports/message-bus.js';
import { cleanUp, startNode, TENANT, type TestNode, until } from '../support/node.js';

afterEach(cleanUp);

const ask = async ({ bus }: TestNode, messages: readonly string[] = [], recipient = 'alice') => {
  const [answered] = await bus.ask([{ channel: recipientChannel(TENANT, recipient), question: { messages } }]);
  return { complete: answered?.complete, connections: (answered?.answers ?? []).flatMap(({ connections }) => connections) };
};

describe('a node that is asked', () => {
  test('tells of the connections of that recipient, and of no other', async () => {
    const node = await startNode();
    const headers = { Origin: 'https://app.example.org', 'User-Agent': 'Browser' };
    await node.connect({ topic: 'news' }, { headers });
    await node.connect({}, { protocols: ['tidings.v1'] });
    await node.connect({ recipient: 'bob' });
    const { complete, connections } = await ask(node);
    expect(complete).toBe(true);
    expect(connections).toMatchObject([
      { topic: 'news', protocol: 'PLAIN', sourceIp: '127.0.0.1', origin: headers.Origin, userAgent: 'Browser', unconfirmed: 0 },
      { topic: null, protocol: 'V1', origin: null, behind: false, waits: false, owes: {} },
    ]);
    expect(new Set(connections.map(({ id }) => id)).size).toBe(2);
    expect(new Set(connections.map(({ node: name }) => name)).size).toBe(1);
    expect(Math.abs((connections[0]?.since ?? 0) - node.clock.now())).toBeLessThan(10_000);
    expect(await ask(node, [], 'nobody')).toEqual({ complete: true, connections: [] });
  });

  test('tells since when a receipt is owed, of messages and of broadcasts', async () => {
    const node = await startNode();
    const client = await node.connect({}, { pongs: false });
    const message = await node.push('one');
    await client.received(1);
    const global = await node.pushGlobal('to all');
    await client.received(2);
    const { connections } = await ask(node, [message.id, global.id, 'another']);
    const owes = connections[0]?.owes ?? {};
    expect(Object.keys(owes).toSorted()).toEqual([message.id, global.id].toSorted());
    for (const at of Object.values(owes)) expect(Math.abs(at - node.clock.now())).toBeLessThan(10_000);
    expect(connections[0]?.unconfirmed).toBe(2);
  });

  test('tells that there is no room, and that receipts wait for the database', async () => {
    const node = await startNode({ maxUnconfirmedMessages: 1 });
    const client = await node.connect({}, { pongs: false });
    await node.push('one');
    await node.push('two');
    await client.received(1);
    await until(() => node.store.calls.includes('pending'));
    expect((await ask(node)).connections).toMatchObject([{ behind: true, unconfirmed: 1 }]);
    node.store.away = true;
    client.pong(client.pings[0] as Buffer);
    await until(() => node.store.calls.includes('settle'));
    let waits = false;
    while (!waits) waits = (await ask(node)).connections[0]?.waits === true;
  });

  test('knows nothing of connections that have ended', async () => {
    const node = await startNode();
    const client = await node.connect();
    client.cut();
    let count = 1;
    while (count > 0) ({ length: count } = (await ask(node)).connections);
  });
});
