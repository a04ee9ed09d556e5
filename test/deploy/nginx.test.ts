import { readFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WebSocket, WebSocketServer } from 'ws';
import { startNginx, type TestNginx, until } from '../support/index.js';

const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl';
const UNREACHABLE = '/unreachable';

describe('nginx as it is deployed', () => {
  let nginx: TestNginx;
  let base: string;
  let upstream: Server;
  let seen: Array<{ url: string | undefined; headers: IncomingHttpHeaders; bytes: number }>;
  let refusals: number;

  beforeAll(async () => {
    seen = [];
    refusals = 0;
    upstream = createServer((request, response) => {
      let bytes = 0;
      request.on('data', (data) => {
        bytes += data.length;
      });
      request.on('end', () => {
        seen.push({ url: request.url, headers: request.headers, bytes });
        response.end('answer');
      });
    });
    const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'tidings.v1' });
    upstream.on('upgrade', (request, socket, head) => {
      seen.push({ url: request.url, headers: request.headers, bytes: 0 });
      if (request.url?.startsWith(UNREACHABLE)) {
        socket.destroy();
      } else if (refusals > 0) {
        refusals--;
        socket.end('HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
      } else {
        sockets.handleUpgrade(request, socket, head, (client) => client.on('message', (data) => client.send(String(data))));
      }
    });
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
    const node = `127.0.0.1:${(upstream.address() as AddressInfo).port}`;
    nginx = await startNginx({ api: [node], delivery: [node] });
    base = nginx.address;
  });

  afterAll(async () => {
    await nginx?.stop();
    upstream?.closeAllConnections();
    await new Promise((resolve) => upstream.close(resolve));
  });

  const opened = (client: WebSocket) =>
    new Promise<void>((resolve, reject) => {
      client.once('open', resolve);
      client.once('error', reject);
    });
  const echoed = (client: WebSocket, text: string) =>
    new Promise<string>((resolve) => {
      client.once('message', (data) => resolve(String(data)));
      client.send(text);
    });
  const logs = async () => (await nginx.accessLog()) + (await nginx.errorLog());

  it('upgrades, and passes frames, tokens and the true address of the client', async () => {
    seen.length = 0;
    const client = new WebSocket(`ws://${base}/push/?token=${TOKEN}`, ['tidings.v1', `tidings.token.${TOKEN}`], {
      headers: { 'X-Forwarded-For': '203.0.113.7', Authorization: `Bearer ${TOKEN}` },
    });
    await opened(client);
    expect(client.protocol).toBe('tidings.v1');
    expect(await echoed(client, 'hällo')).toBe('hällo');
    client.terminate();
    expect(seen[0]?.url).toBe(`/push/?token=${TOKEN}`);
    expect(seen[0]?.headers).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      authorization: `Bearer ${TOKEN}`,
      'sec-websocket-protocol': `tidings.v1,tidings.token.${TOKEN}`,
    });
  });

  it('takes a token of 4,096 bytes', async () => {
    const client = new WebSocket(`ws://${base}/?token=${'t'.repeat(4096)}`);
    await opened(client);
    client.terminate();
  });

  it('asks the next node when one has no room', async () => {
    refusals = 1;
    const client = new WebSocket(`ws://${base}/?token=${TOKEN}`);
    await opened(client);
    client.terminate();
    expect(refusals).toBe(0);
  });

  it('passes a push of 16 MiB to the API, and its key', async () => {
    seen.length = 0;
    const body = 'x'.repeat(16 * 1024 * 1024);
    const answer = await fetch(`http://${base}/graphql`, { method: 'POST', body, headers: { 'x-api-key': 'tk_secret' } });
    expect(answer.status).toBe(200);
    expect(seen[0]).toMatchObject({ url: '/graphql', bytes: body.length });
    expect(seen[0]?.headers['x-api-key']).toBe('tk_secret');
  });

  it('writes a line for every request, and no token in any, errors included', async () => {
    const paths = [
      `/?token=${TOKEN}`,
      `/api/websocket/events?token=${TOKEN}`,
      `/live?token=${TOKEN}`,
      `/ws/rest/WebSocketObjectSubscription/File/*/*/${TOKEN}`,
      `/ws/rest/WebSocketAlertScript/code/${TOKEN}`,
      `/push/ws/rest/WebSocketAlertScript/code/${TOKEN}`,
      `${UNREACHABLE}/?token=${TOKEN}`,
      `${UNREACHABLE}/ws/rest/WebSocketAlertScript/code/${TOKEN}`,
    ];
    const lines = async () => (await nginx.accessLog()).trimEnd().split('\n');
    const before = (await lines()).length;
    for (const path of paths) {
      const client = new WebSocket(`ws://${base}${path}`, ['tidings.v1', `tidings.token.${TOKEN}`], {
        headers: { Authorization: `Bearer ${TOKEN}`, Referer: `http://page.example/?token=${TOKEN}` },
      });
      await opened(client).catch(() => {});
      client.terminate();
    }
    const logged = async () => (await lines()).slice(before).map((line): { path: string; status: number } => JSON.parse(line));
    // Lines of earlier requests may come late: only some of those that come now are ours.
    const expected = [
      ['/', 101],
      ['/api/websocket/events', 101],
      ['/live', 101],
      ['/ws/rest/...', 101],
      ['/push/ws/rest/...', 101],
      [`${UNREACHABLE}/`, 502],
      [`${UNREACHABLE}/ws/rest/...`, 502],
    ] as const;
    await until('a line for each', async () => {
      const found = await logged();
      return expected.every(([path, status]) => found.some((line) => line.path === path && line.status === status));
    });
    expect(await logs()).not.toContain(TOKEN);
  });

  it('leaves no silent socket sooner than the nodes do', async () => {
    const config = await readFile(new URL('../../deploy/nginx.conf', import.meta.url), 'utf8');
    for (const setting of ['proxy_read_timeout', 'proxy_send_timeout']) {
      expect(Number(new RegExp(`${setting} (\\d+)s;`).exec(config)?.[1])).toBeGreaterThan(60);
    }
  });
});
