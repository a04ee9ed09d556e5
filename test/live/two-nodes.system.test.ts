import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Installation, LiveClient, startInstallation } from '../adapters/support.js';
import { startRedis, type TestRedis, until } from '../support/index.js';

let redis: TestRedis;
let tidings: Installation;
let token: string;
const clients: LiveClient[] = [];

beforeAll(async () => {
  redis = await startRedis();
  tidings = await startInstallation({ deliveryNodes: 2, redisUrl: redis.url, env: { SWEEP_INTERVAL: '500ms' } });
  ({ token } = await tidings.register({ subscribe: ['*'], publish: ['*'] }));
}, 60_000);
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});
afterAll(async () => {
  await tidings.stop();
  await redis.stop();
});

async function open(node: number): Promise<LiveClient> {
  const client = await LiveClient.open(`${tidings.deliveryUrls[node]}/?token=${token}`, { protocols: ['tidings.v1'] });
  clients.push(client);
  return client;
}

const ids = (client: LiveClient) => client.frames.filter(({ type }) => type === 'event').map(({ id }) => id as string);

/** Publishes events and returns their ids. */
async function publish(...events: object[]): Promise<string[]> {
  const results = await tidings.publish(...events);
  return results.flatMap(({ id }) => (id === null ? [] : [id]));
}

async function publishedAgain(): Promise<void> {
  await until('events to be published again', async () => (await publish({ topic: 'probe' })).length === 1, 20_000);
}

describe('two nodes on Redis', () => {
  it('give an event to the subscribers on both, once', async () => {
    const [first, second, other] = await Promise.all([open(0), open(1), open(1)]);
    await first.ask({ type: 'subscribe', topics: ['file:1', '*'] });
    await second.ask({ type: 'subscribe', topics: ['*:1', 'folder'] });
    await other.ask({ type: 'subscribe', topics: ['mail'] });
    const published: string[] = [];
    for (let n = 0; n < 50; n++)
      published.push(...(await publish({ topic: 'file:1', parent: 'folder:2', data: { n } }, { topic: 'file:1', data: { n } })));
    published.push(...(await publish({ topic: 'mail:1', data: { last: true } })));
    await until(
      'all events to come',
      async () => ids(first).length >= 101 && ids(second).length >= 101 && ids(other).length >= 1,
    );
    expect(ids(first)).toEqual(published);
    expect(ids(second)).toEqual(published);
    expect(ids(other)).toEqual(published.slice(-1));
  });

  it('let a client go on where it was after it has changed the node', async () => {
    const before = await open(0);
    await before.ask({ type: 'subscribe', topics: ['file'] });
    const published = await publish({ topic: 'file:1' }, { topic: 'mail:1' }, { topic: 'file:2' });
    await until('the first events', async () => ids(before).length === 2);
    before.close();
    const missed = await publish(...Array.from({ length: 300 }, (_, n) => ({ topic: n % 3 ? `file:${n}` : `mail:${n}` })));
    const after = await open(1);
    expect(await after.ask({ type: 'subscribe', topics: ['file'], after: published[2] })).toMatchObject({
      type: 'ok',
      recovered: true,
    });
    const live = await publish({ topic: 'file:live' });
    await until('what was missed and what comes', async () => ids(after).includes(live[0] as string));
    expect(ids(after)).toEqual([...missed.filter((_, n) => n % 3), ...live]);
  });

  it('receive a tenant’s events only while somebody could want them', async () => {
    const { Redis } = await import('ioredis');
    const asking = new Redis(redis.port, '127.0.0.1');
    const channels = async () =>
      ((await asking.pubsub('CHANNELS', '*l:*')) as string[]).map((name) => name.split(':').at(-1)).sort();
    await until('no channel', async () => (await channels()).length === 0);
    const client = await open(0);
    await client.ask({ type: 'subscribe', topics: ['File:1', 'file:2', 'mail'] });
    expect(await channels()).toEqual(['file', 'mail']);
    await client.ask({ type: 'unsubscribe', topics: ['mail', 'file:2'] });
    await until('one channel', async () => (await channels()).join() === 'file');
    await client.ask({ type: 'subscribe', topics: ['*:2'] });
    expect(await channels()).toEqual(['*', 'file']);
    client.close();
    await until('no channel', async () => (await channels()).length === 0);
    asking.disconnect();
  });

  it('serve every protocol below the path of PUBLIC_DELIVERY_URL, too', async () => {
    const at = (path: string, prefix: string) =>
      LiveClient.connect(`${tidings.deliveryUrls[0]}${prefix}${path}`, { headers: { origin: 'https://page.example' } });
    for (const path of [
      `/?token=${token}`,
      `/api/websocket/events?token=${token}`,
      `/live?token=${token}`,
      `/v1.0/ws?token=${token}`,
      `/ws/rest/WebSocketObjectSubscription/file/*/1/${token}`,
      `/ws/rest/WebSocketAlertScript/code/${token}`,
    ]) {
      for (const prefix of ['', '/push']) {
        const client = await at(path, prefix);
        expect(client).toBeInstanceOf(LiveClient);
        clients.push(client as LiveClient);
      }
      expect(await at(path, '/other')).toBe(404);
      expect(await at(path, '/push/push')).toBe(404);
    }
  });

  it('hear what clients publish on the other node', async () => {
    const [first, second] = await Promise.all([open(0), open(1)]);
    await second.ask({ type: 'subscribe', topics: ['chat'] });
    expect(await first.ask({ type: 'publish', topic: 'chat:1', data: { hello: 'world' } })).toMatchObject({ type: 'ok' });
    expect(await second.next()).toMatchObject({ topic: 'chat:1', event: 'new-message', data: { hello: 'world' } });
  });
});

/** Each event came once and in order, none that was refused; any that is missing lies where a gap was told. */
function expectNoSilentGap(client: LiveClient, ledger: readonly string[]): void {
  const got = ids(client);
  expect(new Set(got).size).toBe(got.length);
  expect(got.every((id) => ledger.includes(id))).toBe(true);
  const gaps = client.frames.filter(({ type }) => type === 'gap');
  if (ledger.some((id) => !got.includes(id))) expect(gaps.length).toBeGreaterThan(0);
  for (const gap of gaps) expect(gap.topics).toEqual(['file']);
}

describe('without Redis', () => {
  it('publishing answers SERVICE_UNAVAILABLE for each event, nothing was published, and no subscriber has a silent gap', async () => {
    for (let round = 0; round < 3; round++) {
      const [first, second] = await Promise.all([open(0), open(1)]);
      for (const client of [first, second])
        expect(await client.ask({ type: 'subscribe', topics: ['file'] })).toMatchObject({ type: 'ok' });
      const ledger: string[] = [];
      const refused: unknown[] = [];
      let stop = false;
      const load = (async () => {
        const events = [1, 2].map((file) => ({ topic: `file:${file}`, data: { round } }));
        while (!stop) {
          const outcomes = await tidings.publish(...events);
          ledger.push(...outcomes.flatMap(({ id }) => id ?? []));
          refused.push(...outcomes.flatMap(({ id, error }) => (id === null ? [error] : [])));
        }
      })();
      await until('some events', async () => ids(first).length > 20 && ids(second).length > 20);
      await redis.kill();
      await until('refusals', async () => refused.length >= 4);
      const last = ids(first).at(-1) as string;
      await redis.restart();
      const count = ledger.length;
      await until('events again', async () => ledger.length > count + 20, 20_000);
      stop = true;
      await load;
      expect(refused.every((error) => (error as { code: string }).code === 'SERVICE_UNAVAILABLE')).toBe(true);
      const end = ledger.at(-1) as string;
      for (const client of [first, second]) {
        await until('the last event', async () => ids(client).includes(end), 20_000);
        expectNoSilentGap(client, ledger);
      }
      const back = await open(1);
      expect(await back.ask({ type: 'subscribe', topics: ['file'], after: last })).toMatchObject({ recovered: false });
      for (const client of [first, second, back]) client.close();
    }
  }, 90_000);

  it('a subscription is refused and can be made when Redis is back', async () => {
    const client = await open(0);
    await redis.kill();
    await until(
      'a refusal',
      async () => (await client.ask({ type: 'subscribe', topics: ['new'] })).code === 'SERVICE_UNAVAILABLE',
      20_000,
    );
    expect(await client.ask({ type: 'publish', topic: 'new', data: {} })).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await redis.restart();
    await publishedAgain();
    await until('the subscription', async () => (await client.ask({ type: 'subscribe', topics: ['new'] })).type === 'ok', 20_000);
    const [id] = await publish({ topic: 'new' });
    await until('the event', async () => ids(client).includes(id as string));
  }, 60_000);

  it('nothing is lost that was published while the nodes’ connections to it were cut', async () => {
    const { Redis } = await import('ioredis');
    const admin = new Redis(redis.port, '127.0.0.1');
    const [first, second] = await Promise.all([open(0), open(1)]);
    for (const client of [first, second]) await client.ask({ type: 'subscribe', topics: ['file', '*:9'] });
    const ledger: string[] = [];
    for (let round = 0; round < 5; round++) {
      for (let n = 0; n < 10; n++) ledger.push(...(await publish({ topic: 'file:1' }, { topic: 'mail:9' })));
      await admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
      for (let n = 0; n < 10; n++) ledger.push(...(await publish({ topic: 'file:1' }, { topic: 'mail:9' })));
    }
    for (const client of [first, second]) {
      await until('all events', async () => ids(client).length >= ledger.length, 20_000);
      expect([...ids(client)].sort()).toEqual([...ledger].sort());
      expect(client.frames.filter(({ type }) => type === 'gap')).toEqual([]);
    }
    admin.disconnect();
  }, 60_000);
});
