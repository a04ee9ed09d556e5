import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { TidingsClient } from '../../packages/client/src/index.js';
import { type Connect, queue, startClients, stopClients, type TestNode } from './clients.js';

let node: TestNode;
let connect: Connect;
beforeEach(async () => {
  ({ node, connect } = await startClients());
});
afterEach(stopClients);

let made = 0;
/** A token that lives for so long, in milliseconds; `skewMs` sets the page's clock wrong. */
function token(lifeMs: number, skewMs = 0): string {
  const iat = (Date.now() + skewMs) / 1000;
  const claims = Buffer.from(JSON.stringify({ sub: 'ünï', jti: ++made, iat, exp: iat + lifeMs / 1000 })).toString('base64url');
  return `head.${claims}.signature`;
}

describe('the token of an open connection', () => {
  test.each([
    ['', 0],
    [', although the clock of the page is a day ahead', -86_400_000],
    [', although the clock of the page is a day behind', 86_400_000],
  ])('is renewed before it ends%s', async (_, skewMs) => {
    const tokens = [token(300, skewMs), token(3_600_000, skewMs)];
    const asked: string[] = [];
    const { reach } = connect({
      connectionUri: () => {
        asked.push(tokens[asked.length] ?? '');
        return `${node.url}/?token=${asked.at(-1)}`;
      },
    });
    const side = await node.connection();
    await reach('open');
    expect(await side.next()).toEqual({ type: 'renew', id: 'renew', token: tokens[1] });
    side.socket.send('{"type":"ok","id":"renew","expiresAt":"2030-01-01T00:00:00.000Z"}');
    side.push('still open');
    expect(await side.acked(1)).toEqual(['still open']);
    expect(asked).toEqual(tokens);
  });

  test('that cannot be renewed is told, and the connection is used to its end', async () => {
    const errors = queue<unknown>();
    connect({ connectionUri: () => `${node.url}/?token=${token(200)}`, onError: (error) => errors.push(error) });
    const side = await node.connection();
    await side.next();
    side.socket.send('{"type":"error","id":"renew","code":"RENEWAL_REFUSED","message":"revoked"}');
    expect(await errors.next()).toMatchObject({ message: 'revoked', code: 'RENEWAL_REFUSED' });
    side.push('one');
    expect(await side.acked(1)).toEqual(['one']);
  });

  test.each<[string, string, () => Promise<string>]>([
    ['fails', 'no backend', async () => Promise.reject(new Error('no backend'))],
    ['hangs', 'no answer in time', () => new Promise(() => {})],
  ])('is asked for again if the backend %s', async (_, message, backend) => {
    const errors = queue<unknown>();
    let asked = 0;
    // The earliest moment, so that there is time for another one.
    const random = jest.spyOn(Math, 'random').mockReturnValue(0);
    connect({
      connectionUri: () => (++asked === 2 ? backend() : `${node.url}/?token=${token(1500)}`),
      connectTimeoutMs: 20,
      onError: (error) => errors.push(error),
    });
    const side = await node.connection();
    expect(await errors.next()).toEqual(new Error(message));
    expect(await side.next()).toMatchObject({ type: 'renew' });
    random.mockRestore();
  });

  test('given as a URI alone is used until the node refuses it, which stops the client', async () => {
    const { reach, client } = connect({ connectionUri: `${node.url}/?token=${token(50)}` });
    const side = await node.connection();
    side.push('one');
    expect(await side.acked(1)).toEqual(['one']);
    side.socket.close(4401, 'token expired');
    await reach('stopped');
    expect(client.state).toBe('stopped');
  });
});

describe('a client in a loop', () => {
  const start = () => {
    const { client } = connect({ onMessage: undefined, messageRetriesMs: [1] });
    return { client, messages: client[Symbol.asyncIterator]() };
  };
  const text = (result: IteratorResult<{ message: string }, void>) => result.value?.message;

  test('acknowledges a message when the next one is asked for', async () => {
    const { messages } = start();
    const side = await node.connection();
    side.push('one');
    side.push('two');
    expect(text(await messages.next())).toBe('text of one');
    const next = messages.next();
    expect(await side.acked(1)).toEqual(['one']);
    expect(text(await next)).toBe('text of two');
  });

  test('leaves the message at which a loop was left to the next loop', async () => {
    const { client } = start();
    const side = await node.connection();
    side.push('one');
    await expect(
      (async () => {
        for await (const { id } of client) throw new Error(id);
      })(),
    ).rejects.toThrow('one');
    for await (const { id } of client) {
      expect(id).toBe('one');
      client.stop();
    }
  });

  test('ends with the client', async () => {
    const { client, messages } = start();
    const next = messages.next();
    client.stop();
    expect(await next).toEqual({ done: true, value: undefined });
  });
});

test('a node that refuses handshakes is left alone until the time that it names', async () => {
  const asked: number[] = [];
  let wait = '1';
  const server = createServer((_, response) => response.writeHead(426, { 'Retry-After': wait }).end());
  server.on('upgrade', (_, tcp) => {
    asked.push(Date.now());
    tcp.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n');
    if (asked.length > 1) wait = '3600';
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const { reach } = connect({ connectionUri: () => `ws://127.0.0.1:${port}/?token=a` });
  await reach('waiting');
  await reach('connecting');
  await reach('waiting');
  server.close();
  expect(asked).toHaveLength(2);
  expect((asked[1] as number) - (asked[0] as number)).toBeGreaterThanOrEqual(1000);
});

test('a share without what tabs need is refused at once', () => {
  expect(
    () => new TidingsClient({ connectionUri: 'ws://x/?token=a', share: 'all', page: null, WebSocket: class {} as never }),
  ).toThrow('share needs @tidings/client/tabs');
});
