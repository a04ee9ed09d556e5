import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect, test } from '@jest/globals';
import { ListenerCopies } from '../../../src/lib/http/listener-copies.js';

test('copies accept as many connections in a turn of the event loop, and let go of the port', async () => {
  const server = createServer((_request, response) => response.end('served'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const copies = await ListenerCopies.open(server, 3);
  let [accepted, most, isOver] = [0, 0, false];
  const countTurn = () => {
    most = Math.max(most, accepted);
    accepted = 0;
    if (!isOver) setImmediate(countTurn);
  };
  countTurn();
  server.on('connection', () => accepted++);

  const answers = Array.from({ length: 40 }, async () => {
    const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } });
    return response.text();
  });
  expect(await Promise.all(answers)).toEqual(Array(40).fill('served'));
  isOver = true;
  expect(most).toBeGreaterThan(1);

  await Promise.all([copies.close(), new Promise((resolve) => server.close(resolve))]);
  const [error] = await once(connect(port, '127.0.0.1'), 'error');
  expect(error).toMatchObject({ code: 'ECONNREFUSED' });
});

test('a server that closes meanwhile has no copies', async () => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const opened = ListenerCopies.open(server, 7);
  server.close();
  await expect(opened).rejects.toThrow();
});

test('a server that does not listen has no copies', async () => {
  await expect(ListenerCopies.open(createServer(), 1)).rejects.toThrow();
});
