import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { WebSocket } from 'ws';
import { leash } from '../support/leash.js';
import { type Connect, FakePage, queue, startClients, stopClients, type TestNode } from './clients.js';

let node: TestNode;
let connect: Connect;

beforeEach(async () => {
  ({ node, connect } = await startClients());
});

afterEach(stopClients);

test('gives up a request for a connectionUri that never ends, and asks again', async () => {
  const errors: unknown[] = [];
  const signals: AbortSignal[] = [];
  connect({
    connectionUri: (signal) => {
      signals.push(signal);
      return signals.length < 3 ? new Promise<string>(() => {}) : `${node.url}/?token=a`;
    },
    onError: (error) => errors.push(error),
    connectTimeoutMs: 20,
  });
  await node.connection();
  expect(errors).toEqual([new Error('no answer in time'), new Error('no answer in time')]);
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, false]);
});

test('a connectionUri that comes too late opens nothing', async () => {
  const late = queue<(uri: string) => void>();
  let asked = 0;
  connect({
    connectionUri: () => (asked++ === 0 ? new Promise<string>((resolve) => late.push(resolve)) : `${node.url}/?token=second`),
    onError: () => {},
    connectTimeoutMs: 20,
  });
  await node.connection();
  (await late.next())(`${node.url}/?token=first`);
  connect({ connectionUri: () => `${node.url}/?token=third` });
  await node.connection();
  expect(node.urls).toEqual(['/?token=second', '/?token=third']);
});

test('gives up a handshake that nobody answers, and opens another connection', async () => {
  const mute = createServer();
  const opened = queue<unknown>();
  mute.on('connection', (socket) => opened.push(socket.on('error', () => {})));
  mute.listen(0, '127.0.0.1');
  await once(mute, 'listening');
  let asked = 0;
  const { reasons } = connect({
    connectionUri: () => (asked++ === 0 ? `ws://127.0.0.1:${(mute.address() as { port: number }).port}` : node.url),
    connectTimeoutMs: 20,
  });
  await opened.next();
  await node.connection();
  expect(reasons).toEqual(['not opened in time']);
  mute.close();
});

test.each(['online', 'visibilitychange', 'pageshow'] as const)('a waiting client connects at once on %s', async (event) => {
  const page = new FakePage();
  let away = true;
  const { reach } = connect({
    page,
    connectionUri: () => {
      if (away) throw new Error('away');
      return node.url;
    },
    onError: () => {},
    retryMs: [3_600_000, 3_600_000],
  });
  await reach('waiting');
  away = false;
  page.document.visibilityState = 'hidden';
  page.tell('visibilitychange');
  page.document.visibilityState = 'visible';
  page.tell(event);
  await node.connection();
  expect(node.urls).toHaveLength(1);
});

test.each(['online', 'visibilitychange', 'pageshow'] as const)(
  'an open connection is probed on %s, and replaced at once if nothing comes',
  async (event) => {
    const page = new FakePage();
    const { reach, reasons } = connect({ page, retryMs: [3_600_000, 3_600_000], pingIntervalMs: 3_600_000 });
    const alive = await node.connection();
    await reach('open');
    page.tell(event);
    await alive.pinged(2);
    // Behind the pong, which would be a sign of life for the next probe as well.
    alive.push('one');
    await alive.acked(1);
    alive.answersPings = false;
    page.tell(event);
    await alive.pinged(3);
    await node.connection();
    expect(reasons).toEqual(['no sign of life']);
  },
);

test('comes back no earlier than a node that has too many connections says', async () => {
  const page = new FakePage();
  const { reach, client } = connect({ page });
  const side = await node.connection();
  side.socket.close(4429, 'come back after 3600 seconds');
  await reach('waiting');
  page.tell('online');
  expect(client.state).toBe('waiting');
  page.tell('pagehide');
  expect(client.state).toBe('hidden');
  page.tell('pageshow');
  expect(client.state).toBe('waiting');
});

// What has arrived is read before anybody is judged: a laptop that slept finds the pong in its socket.
test('a client that stood still keeps a connection whose pong has arrived meanwhile', async () => {
  const program = `
    import { WebSocketServer } from ${JSON.stringify(import.meta.resolve('ws'))};
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' }, () => console.log(server.address().port));
    server.on('connection', (socket) => socket.on('message', () => socket.send('{"type":"pong"}')));`;
  const child = leash(
    spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: ['ignore', 'pipe', 'inherit'] }),
  );
  const [port] = (await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line')) as [string];
  let pings = 0;
  const pinged = queue<number>();
  /** Stands still behind its second ping for longer than the pong may take. */
  class Sleepy extends WebSocket {
    override send(...frame: [string]): void {
      super.send(...frame);
      pinged.push(++pings);
      if (pings === 2) setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000));
    }
  }
  const { client, reasons, reach } = connect({
    connectionUri: () => `ws://127.0.0.1:${port}`,
    WebSocket: Sleepy,
    pingIntervalMs: 20,
    pongTimeoutMs: 500,
  });
  await reach('open');
  // Its third ping comes only if it has seen the pong of the second.
  while ((await pinged.next()) < 3);
  expect([client.state, reasons]).toEqual(['open', []]);
  client.stop();
  child.kill();
  await once(child, 'exit');
});
