import { afterEach, describe, expect, test } from '@jest/globals';
import { cleanUp, gate, startNode, until } from './support/node.js';

afterEach(cleanUp);

describe('a node that stops', () => {
  test('goes on for the delay, then refuses handshakes with 503 and closes with 1001', async () => {
    const { connect, node, push } = await startNode({ shutdownDelayMs: 300 });
    const client = await connect();
    const stopped = node.drain();
    const during = await connect({ recipient: 'bob' });
    expect(during.status).toBe(101);
    await push('still served');
    expect(await client.received(1)).toEqual(['still served']);
    expect(await client.closed()).toBe(1001);
    expect(await during.closed()).toBe(1001);
    await stopped;
    expect((await connect()).status).toBe(503);
  });

  test('waits for the receipts of what was sent, and writes them', async () => {
    const { connect, node, push, store } = await startNode();
    const client = await connect({}, { pongs: false });
    const message = await push('hello');
    await client.until(() => client.pings.length === 1);
    const drained = node.drain();
    await push('not any more');
    client.send(9, 'marker');
    client.pong(client.pings[0]!);
    expect(await client.closed()).toBe(1001);
    await drained;
    expect(store.row(message)?.status).toBe('DELIVERED');
    expect(client.texts).toEqual(['hello']);
  });

  test('closes a connection only when its receipts are written, or the next node would send it all again', async () => {
    const { connect, node, push, store } = await startNode();
    const client = await connect({}, { pongs: false });
    const message = await push('hello');
    await client.until(() => client.pings.length === 1);
    const writing = gate();
    store.before.settle = () => writing.opened;
    client.pong(client.pings[0]!);
    await until(() => store.calls.includes('settle'));
    const drained = node.drain();
    // It has seen to all its connections by the time that a handshake is refused.
    while ((await connect({ recipient: 'bob' })).status !== 503) {}
    expect((await connect({ recipient: 'bob' })).status).toBe(503);
    expect(client.closeCode).toBeNull();
    writing.open();
    expect(await client.closed()).toBe(1001);
    await drained;
    expect(store.row(message)?.status).toBe('DELIVERED');
  });

  test('does not wait for ever', async () => {
    const { connect, node, push, store } = await startNode();
    const client = await connect({}, { pongs: false, closes: false });
    const message = await push('hello');
    await client.received(1);
    await node.stop();
    expect(client.closeCode).toBe(1001);
    expect(store.row(message)?.status).toBe('PENDING');
  });

  test('writes the rows of globals before it ends', async () => {
    const { connect, node, pushGlobal, store } = await startNode();
    const client = await connect({}, { pongs: false });
    const message = await pushGlobal('to all');
    await client.received(1);
    const writing = gate();
    store.before.recordGlobals = () => writing.opened;
    const drained = node.drain();
    await until(() => store.calls.includes('recordGlobals'));
    writing.open();
    await drained;
    expect(store.row(message, 'alice')?.status).toBe('PENDING');
  });

  test('spreads its closes', async () => {
    const { connect, node } = await startNode({ shutdownSpreadMs: 400 });
    const clients = await Promise.all(Array.from({ length: 4 }, (_, i) => connect({ recipient: `r${i}` })));
    const drained = node.drain();
    await Promise.race(clients.map((client) => client.closed()));
    expect(clients.filter((client) => client.closeCode === null).length).toBeGreaterThan(0);
    await drained;
    expect(clients.map((client) => client.closeCode)).toEqual([1001, 1001, 1001, 1001]);
  });
});
