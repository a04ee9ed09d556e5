import { afterEach, describe, expect, test } from '@jest/globals';
import { recipientHash } from '../../../src/core/domain/message-ids.js';
import { noUsage } from '../../../src/core/ports/usage-meter.js';
import { CommandRefused, Refusal, readAttempt, textFrame, type UpgradeRoute } from '../../../src/delivery/index.js';
import { freePort } from '../../support/index.js';
import { Client } from '../support/client.js';
import { cleanUp, startNode, TENANT, until } from '../support/node.js';

afterEach(cleanUp);

/** Starts a node with another kind of connection at `/echo`, which answers each text with itself. */
async function startEcho(config: Parameters<typeof startNode>[0] = {}, deps: Parameters<typeof startNode>[1] = {}) {
  const started = await startNode(config, deps);
  const { node, port, token } = started;
  const route: UpgradeRoute = {
    kind: 'live',
    matches: (path) => path === '/echo',
    read: ({ request, query, address }) => readAttempt(request, query, address),
    maxPayload: () => 1024,
    readsCloseCodes: () => false,
    accept(claims, _attempt, socket) {
      const peer = node.hold(claims, socket);
      socket.listen({
        text: (data) => peer.write([textFrame(data)]),
        binary: () => {},
        ping: () => {},
        pong: (payload) => peer.pong(payload),
        closed: (code) => peer.closed(code),
      });
    },
  };
  node.attach(route);
  const echo = (claims = {}, options = {}) => Client.open(port, { path: '/echo', token: token(claims), ...options });
  return { ...started, echo };
}

describe('another kind of connection, by path', () => {
  test('takes the same steps of admission', async () => {
    const { echo, store } = await startEcho();
    const client = await echo();
    expect(client.status).toBe(101);
    client.send(1, 'hello');
    expect(await client.received(1)).toEqual(['hello']);
    expect((await echo({ origin: 'https://good.example' })).status).toBe(403);
    expect((await echo({ expiresAt: 1 }, { protocols: ['tidings.v1'] })).status).toBe(401);
    store.away = true;
    expect((await echo()).status).toBe(503);
    client.cut();
  });

  test('is served below the path of the public URL, too', async () => {
    const { port, token } = await startEcho({ publicPath: '/push' });
    expect((await Client.open(port, { path: '/push/echo', token: token() })).status).toBe(101);
  });

  test('has a bound of its own for each recipient: ten times that of connections with messages', async () => {
    const { echo, connect } = await startEcho({ maxConnectionsPerRecipient: 1 });
    for (let i = 0; i < 10; i++) expect((await echo()).status).toBe(101);
    expect((await echo({}, { protocols: ['tidings.v1'] })).status).toBe(429);
    expect((await connect()).status).toBe(101);
    expect((await echo({ recipient: 'bob' })).status).toBe(101);
  });

  test('gets no messages and counts as no connection of the recipient', async () => {
    const { echo, push, pushGlobal, bus, store } = await startEcho();
    const client = await echo();
    await until(() => bus.channels.has(`t:${TENANT}`));
    expect(bus.channels.size).toBe(1);
    await push('for alice');
    const message = await pushGlobal('to all');
    client.send(1, 'marker');
    expect(await client.received(1)).toEqual(['marker']);
    expect(store.row(message, 'alice')).toBeUndefined();
    client.cut();
    await until(() => bus.channels.size === 0);
  });

  test('counts as usage like any other, and so do refusals of genuine tokens', async () => {
    const counted: string[] = [];
    const usage = {
      ...noUsage,
      opened: (tenantId: string) => counted.push(`opened ${tenantId}`),
      closed: (tenantId: string) => counted.push(`closed ${tenantId}`),
      count: (tenantId: string, counter: string) => counted.push(`${counter} ${tenantId}`),
    };
    const { echo, connect, port, store } = await startEcho({}, { usage });
    const refused = [
      await echo({ origin: 'https://good.example' }),
      await echo({ expiresAt: 1 }),
      await connect({ sourceIp: '203.0.113.7' }),
      await Client.open(port, { token: 'forged' }),
      await Client.open(port, {}),
    ];
    expect(refused.map(({ status }) => status)).toEqual([403, 401, 403, 401, 401]);
    store.away = true;
    expect((await echo()).status).toBe(503);
    store.away = false;
    expect(counted.splice(0)).toEqual(new Array(4).fill(`refused ${TENANT}`));
    const clients = [await echo(), await connect()];
    expect(counted.splice(0)).toEqual(new Array(2).fill(`opened ${TENANT}`));
    for (const client of clients) client.cut();
    await until(() => counted.length === 2);
    expect(counted).toEqual(new Array(2).fill(`closed ${TENANT}`));
  });

  test('counts against the limit of connections', async () => {
    const { echo, connect } = await startEcho({ maxConnections: 1 });
    expect((await echo()).status).toBe(101);
    expect((await connect()).status).toBe(503);
  });

  test('is closed when its recipient is revoked, its token expires, it does not pong, or the node stops', async () => {
    const { echo, tell, clock, node } = await startEcho({ pingIntervalMs: 300, pongTimeoutMs: 300 });
    const revoked = await echo();
    await until(() => node.connections === 1);
    await tell(null, { type: 'revoked', recipientHash: recipientHash('alice'), number: 1 });
    expect(await revoked.closed()).toBe(4403);
    const expiring = await echo({ expiresAt: clock.now() + 300 });
    expect(await expiring.closed()).toBe(4401);
    const silent = await echo({}, { pongs: false });
    expect(await silent.closed()).toBe(4408);
    const last = await echo();
    await node.drain();
    expect(last.closeCode).toBe(1001);
  });
});

describe('too many connections', () => {
  async function startFull() {
    const { node, port } = await startNode();
    node.attach({
      kind: 'live',
      matches: (path) => path === '/full',
      read: () => {
        throw new Refusal('tenant-connections');
      },
      maxPayload: () => 1024,
      readsCloseCodes: (request) => request.headers['sec-websocket-protocol'] === 'tidings.v1',
      accept: () => {},
    });
    return (protocols: string[]) => Client.open(port, { path: '/full', protocols });
  }

  test('429, with the seconds in Retry-After', async () => {
    const client = await (await startFull())([]);
    expect(client.status).toBe(429);
    expect(client.headers['retry-after']).toMatch(/^[3-7]$/);
  });

  test('4429, with the seconds in the reason, for clients that cannot see statuses', async () => {
    const client = await (await startFull())(['tidings.v1']);
    expect(await client.closed()).toBe(4429);
    expect(client.closeReason).toMatch(/^tenant-connections: come back after [3-7] s$/);
  });
});

describe('further commands of tidings.v1', () => {
  const V1 = { protocols: ['tidings.v1'] };

  test('are chosen by type, and may refuse', async () => {
    let ended = 0;
    const { connect } = await startNode(
      {},
      {
        commands: {
          echo: (connection, { id }, text) => {
            connection.onceEnded(() => ended++);
            connection.write(textFrame(JSON.stringify({ id, text })));
          },
          forbid: async () => {
            throw new CommandRefused('FORBIDDEN', 'no');
          },
        },
      },
    );
    const client = await connect({}, V1);
    client.say({ type: 'echo', id: 'a' });
    expect(await client.json(1)).toEqual([{ id: 'a', text: '{"type":"echo","id":"a"}' }]);
    for (let i = 0; i < 15; i++) client.say({ type: 'forbid', id: `${i}` });
    expect((await client.json(16))[15]).toEqual({ type: 'error', id: '14', code: 'FORBIDDEN', message: 'no' });
    expect(client.closeCode).toBe(null);
    client.close();
    await until(() => ended === 1);
  });
});

test('a node that leaves new connections to others keeps its own, and takes new ones again on the same port', async () => {
  const { node, port, connect, push } = await startNode({ port: await freePort() });
  const client = await connect();
  node.allow({ most: 1, accepts: false });
  await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow();
  await push('still here');
  expect(await client.received(1)).toEqual(['still here']);
  node.allow({ most: 2, accepts: true });
  const answer = () => fetch(`http://127.0.0.1:${port}/healthz`).catch(() => null);
  while ((await answer())?.status !== 200);
  expect((await connect()).status).toBe(101);
  expect((await connect()).status).toBe(503);
});
