import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket as TcpSocket } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { type WebSocket, WebSocketServer } from 'ws';
import { ReadTurns } from '../../../src/delivery/socket/read-turns.js';
import { WsSocket } from '../../../src/delivery/socket/ws-socket.js';
import { FairTurns } from '../../../src/lib/fair-turns.js';
import { Client, type ClientOptions, OP } from '../support/client.js';
import { until } from '../support/node.js';

const MAX_PAYLOAD = 4096;
const PONG_BYTES = 14;

/** Holds the server's side of one connection, and what it was told. */
interface Side {
  ws: WebSocket;
  tcp: TcpSocket;
  client: Client;
  told: string[];
  socket: WsSocket;
  /** Keeps the chunks that went the way of the stream. */
  chunks: Buffer[];
}

const cleanUps: Array<() => void> = [];
afterEach(() => {
  for (const run of cleanUps.splice(0)) run();
});

/**
 * Starts a server that listens to every connection as a node does.
 * @param prepare gets the socket of a connection before it is listened to
 */
async function serve(
  prepare: (tcp: TcpSocket) => void = () => {},
  turns = new ReadTurns(),
): Promise<{ connect(options?: ClientOptions): Promise<Side> }> {
  const server = createServer();
  const library = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: MAX_PAYLOAD });
  const accepted: Array<Omit<Side, 'client'>> = [];
  server.on('upgrade', (request, duplex, head) => {
    const tcp = duplex as TcpSocket;
    library.handleUpgrade(request, tcp, head, (ws) => {
      const told: string[] = [];
      const chunks: Buffer[] = [];
      tcp.on('data', (chunk) => chunks.push(chunk));
      prepare(tcp);
      const socket = new WsSocket(ws, tcp, { turns, owner: 'tenant' });
      socket.listen({
        text: (data) => told.push(`text ${data}`),
        binary: () => told.push('binary'),
        ping: () => told.push('ping'),
        pong: (payload) => told.push(`pong ${payload.toString()}`),
        closed: () => told.push('closed'),
      });
      accepted.push({ ws, tcp, told, chunks, socket });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUps.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  return {
    async connect(options) {
      const client = await Client.open(port, options);
      cleanUps.push(() => client.cut());
      await until(() => accepted.length > 0);
      return { ...(accepted.shift() as Omit<Side, 'client'>), client };
    },
  };
}

/** Makes a masked frame of a client. */
function frame(first: number, text: string): Buffer {
  const payload = Buffer.from(text);
  const mask = Buffer.from([0x11, 0x82, 0x33, 0xc4]);
  return Buffer.concat([Buffer.from([first, 0x80 | payload.length]), mask, payload.map((byte, i) => byte ^ mask[i & 3]!)]);
}
const TEXT = 0x81;
const PONG = 0x8a;

test('a short frame that comes alone is read without the stream, and counts as read', async () => {
  const { tcp, client, told, chunks } = await (await serve()).connect();
  const before = tcp.bytesRead;
  client.pong(Buffer.from('12345678'));
  await until(() => told.length === 1);
  client.say({ type: 'ping' });
  await until(() => told.length === 2);
  expect(told).toEqual(['pong 12345678', 'text {"type":"ping"}']);
  expect(chunks).toEqual([]);
  expect(tcp.bytesRead - before).toBe(PONG_BYTES + 6 + '{"type":"ping"}'.length);
});

test('where Node is not as expected, everything is read all the same', async () => {
  const { connect } = await serve((tcp) => {
    const { _handle: handle } = tcp as unknown as { _handle: object };
    Object.defineProperty(handle, 'useUserBuffer', { value: undefined });
  });
  const { client, told, chunks } = await connect();
  client.pong(Buffer.from('12345678'));
  await until(() => told.length === 1);
  expect(told).toEqual(['pong 12345678']);
  expect(chunks).toHaveLength(1);
});

test('a frame may be split anywhere, with other connections reading between its parts', async () => {
  const { connect } = await serve();
  const [split, other] = [await connect(), await connect()];
  const frames = [frame(PONG, '12345678'), frame(TEXT, 'said in parts')];
  const expected: string[] = [];
  for (const bytes of frames) {
    for (let at = 1; at < bytes.length; at++) {
      const { bytesRead } = split.tcp;
      split.client.tcp.write(bytes.subarray(0, at));
      await until(() => split.tcp.bytesRead === bytesRead + at);
      // The rest must not be put behind what the other connection left in the shared buffer.
      other.client.tcp.write(frame(TEXT, 'z'.repeat(40)));
      other.client.tcp.write(frame(PONG, 'zzzzzzzz'));
      const heard = other.told.length;
      await until(() => other.told.length === heard + 2);
      split.client.tcp.write(bytes.subarray(at));
      expected.push(bytes === frames[0] ? 'pong 12345678' : 'text said in parts');
      await until(() => split.told.length === expected.length);
    }
  }
  expect(split.told).toEqual(expected);
});

test('frames that come together are told in their order', async () => {
  const { client, told } = await (await serve()).connect();
  client.tcp.write(Buffer.concat([frame(TEXT, 'one'), frame(PONG, '12345678'), frame(TEXT, 'two'), frame(PONG, 'other')]));
  await until(() => told.length === 4);
  expect(told).toEqual(['text one', 'pong 12345678', 'text two', 'pong other']);
});

test('frames of every length, and text of every kind, come as they were sent', async () => {
  const { client, told } = await (await serve()).connect();
  const texts = ['', 'a', 'é', '✓ 12', 'x'.repeat(125), 'é'.repeat(62), 'x'.repeat(126), 'y'.repeat(MAX_PAYLOAD), 'end'];
  for (const [i, text] of texts.entries()) {
    client.send(OP.text, text);
    await until(() => told.length === i + 1);
  }
  expect(told).toEqual(texts.map((text) => `text ${text}`));
});

test('what is behind a socket that is paused is not read until it goes on, and comes in order', async () => {
  const { connect } = await serve();
  const [{ tcp, client, told }, other] = [await connect(), await connect()];
  tcp.pause();
  const before = tcp.bytesRead;
  client.tcp.write(frame(TEXT, 'one'));
  client.tcp.write(frame(PONG, '12345678'));
  client.tcp.write(frame(TEXT, 'x'.repeat(100)));
  for (let i = 1; i <= 10; i++) {
    other.client.tcp.write(frame(PONG, 'zzzzzzzz'));
    await until(() => other.told.length === i);
  }
  expect(told).toEqual([]);
  expect(tcp.bytesRead).toBe(before);
  tcp.resume();
  await until(() => told.length === 3);
  expect(told).toEqual(['text one', 'pong 12345678', `text ${'x'.repeat(100)}`]);
  client.pong(Buffer.from('87654321'));
  await until(() => told.length === 4);
});

test.each([
  ['text that is not UTF-8', Buffer.concat([Buffer.from([TEXT, 0x82, 0, 0, 0, 0]), Buffer.from([0xc3, 0x28])]), 1007],
  ['a frame without a mask', Buffer.from([TEXT, 1, 0x61]), 1002],
  ['a text between the parts of another', Buffer.concat([frame(0x01, 'begun'), frame(TEXT, 'between')]), 1002],
  ['reserved bits', frame(0xc1, 'text'), 1002],
])('%s is left to the library, which refuses it', async (_what, bytes, code) => {
  const { client, told } = await (await serve()).connect();
  client.tcp.write(bytes);
  expect(await client.closed()).toBe(code);
  await until(() => told.includes('closed'));
  expect(told).toEqual(['closed']);
});

test('a text that comes alone between the parts of another is refused', async () => {
  const { client, tcp, told } = await (await serve()).connect();
  const { bytesRead } = tcp;
  const begun = frame(0x01, 'begun');
  client.tcp.write(begun);
  await until(() => tcp.bytesRead === bytesRead + begun.length);
  client.tcp.write(frame(TEXT, 'between'));
  expect(await client.closed()).toBe(1002);
  expect(told).not.toContain('text between');
});

test('what many frames take too long for is read in turns to come, in order, and no more is read meanwhile', async () => {
  let now = 0;
  const turns = new ReadTurns(new FairTurns(() => now));
  const { connect } = await serve(() => {}, turns);
  const { client, tcp, told } = await connect();
  const counts: number[] = [];
  tcp.on('data', () => {
    now += 10;
    counts.push(told.length);
  });
  const frames = Array.from({ length: 4_000 }, (_, i) => frame(TEXT, `text ${i}`));
  client.tcp.write(Buffer.concat(frames));
  await until(() => told.length === frames.length);
  expect(told).toEqual(frames.map((_, i) => `text text ${i}`));
  // Pieces of 8 KiB have 550 of these frames.
  for (const [i, count] of counts.entries()) expect(count - (counts[i - 1] ?? 0)).toBeLessThan(600);
  client.pong(Buffer.from('12345678'));
  await until(() => told.length === frames.length + 1);
});

test('a connection that is cut while frames of it wait is over', async () => {
  let now = 0;
  const { connect } = await serve(() => {}, new ReadTurns(new FairTurns(() => now++ * 10)));
  const { client, tcp, told } = await connect();
  client.tcp.write(Buffer.concat(Array.from({ length: 4_000 }, () => frame(TEXT, 'text'))));
  await until(() => told.length > 0);
  tcp.destroy();
  await until(() => told.includes('closed'));
  expect(told.indexOf('closed')).toBe(told.length - 1);
  expect(told.length).toBeLessThan(4_000);
});

test('nothing is read of a client that broke the rules, but the answer to our close', async () => {
  const { client, tcp, told, socket, chunks } = await (await serve()).connect({ closes: false });
  socket.close(1008, 'too many frames');
  socket.ignoreInput();
  expect(await client.closed()).toBe(1008);
  const { bytesRead } = tcp;
  const flood = Buffer.concat(Array.from({ length: 1_000 }, () => frame(TEXT, 'more')));
  client.tcp.write(flood);
  await until(() => tcp.bytesRead === bytesRead + flood.length);
  expect(told).toEqual([]);
  expect(chunks).toEqual([]);
  client.close();
  await until(() => told.length > 0);
  expect(told).toEqual(['closed']);
});

test('nothing is told of what comes behind a close frame', async () => {
  const { client, told } = await (await serve()).connect();
  client.close();
  expect(await client.closed()).toBe(1000);
  client.tcp.write(frame(PONG, '12345678'));
  await until(() => told.length > 0);
  expect(told).toEqual(['closed']);
});

test('a pong counts while the answer to our close is waited for', async () => {
  const { ws, client, told } = await (await serve()).connect({ closes: false });
  ws.close(1001, 'shutting down');
  expect(await client.closed()).toBe(1001);
  client.pong(Buffer.from('12345678'));
  await until(() => told.length > 0);
  expect(told).toEqual(['pong 12345678']);
});

test('a connection that is reset in the middle of a frame is over, and the others go on', async () => {
  const { connect } = await serve();
  const [cut, other] = [await connect(), await connect()];
  const { bytesRead } = cut.tcp;
  cut.client.tcp.write(frame(TEXT, 'cut off').subarray(0, 8));
  await until(() => cut.tcp.bytesRead === bytesRead + 8);
  cut.client.tcp.resetAndDestroy();
  await until(() => cut.told.length > 0);
  expect(cut.told).toEqual(['closed']);
  other.client.pong(Buffer.from('12345678'));
  await until(() => other.told.length === 1);
});

test('a client that ends its half behind a pong has given it, and is gone', async () => {
  const { client, told } = await (await serve()).connect();
  client.tcp.end(frame(PONG, '12345678'));
  await until(() => told.includes('closed'));
  expect(told).toEqual(['pong 12345678', 'closed']);
  await client.until(() => client.gone);
});
