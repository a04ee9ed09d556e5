import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { boundPipelining } from '../../../src/lib/http/pipelining.js';

const REQUEST = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
let server: Server;
let handled: number;
let parsed: number;

beforeAll(async () => {
  server = createServer((_, response) => {
    handled++;
    setImmediate(() => response.end('ok'));
  });
  boundPipelining(server);
  server.on('request', () => parsed++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
beforeEach(() => {
  handled = 0;
  parsed = 0;
});
afterAll(() => void server.close());

/** Sends these requests at once and resolves to the answers, once there are enough or the connection ends. */
function ask(count: number, rounds = 1): Promise<{ answers: number; ended: boolean }> {
  return new Promise((resolve) => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    let answers = 0;
    let round = 1;
    socket.write(REQUEST.repeat(count));
    socket.on('data', (chunk) => {
      answers += chunk.toString('latin1').split('HTTP/1.1 200').length - 1;
      if (answers < count * round) return;
      if (round++ < rounds) socket.write(REQUEST.repeat(count));
      else {
        socket.destroy();
        resolve({ answers, ended: false });
      }
    });
    socket.on('error', () => {});
    socket.on('end', () => resolve({ answers, ended: true }));
    socket.on('close', () => resolve({ answers, ended: true }));
  });
}

test('a few requests before their answers are served, again and again on one connection', async () => {
  expect(await ask(1, 100)).toEqual({ answers: 100, ended: false });
  expect(await ask(10, 20)).toEqual({ answers: 200, ended: false });
});

test('a connection that sends hundreds of them ends, and few of them are looked at', async () => {
  expect((await ask(500)).ended).toBe(true);
  expect(handled).toBeLessThanOrEqual(17);
  expect(parsed).toBeLessThanOrEqual(18);
});

test('connections that take the place of those that ended are served', async () => {
  for (let i = 0; i < 20; i++) expect((await ask(500)).ended).toBe(true);
  expect(await ask(10, 20)).toEqual({ answers: 200, ended: false });
});
