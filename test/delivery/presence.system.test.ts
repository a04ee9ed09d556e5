import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { comeAndGo } from '../faults/lib/comings-and-goings.js';
import { Installation } from '../faults/lib/installation.js';
import { createDatabase, startRedis, type TestDatabase, type TestRedis, until } from '../support/index.js';
import { Client, type ClientOptions } from './support/client.js';

let database: TestDatabase;
let redis: TestRedis;
let tidings: Installation;
let pool: pg.Pool;
const clients: Client[] = [];

beforeAll(async () => {
  [database, redis] = await Promise.all([createDatabase(), startRedis()]);
  pool = new pg.Pool({ connectionString: database.url, max: 1 });
  pool.on('error', () => {});
  // No sweep: what a test hides from the bus stays hidden.
  const env = { SWEEP_INTERVAL: '1h', MAX_UNCONFIRMED_MESSAGES: '2', TOKEN_TTL: '1h' };
  tidings = await Installation.start({ databaseUrl: database.url, redisUrl: redis.url, apiNodes: 1, env });
}, 120_000);
afterEach(() => {
  for (const client of clients.splice(0)) client.cut();
});
afterAll(async () => {
  await tidings?.stop();
  await pool?.end();
  await redis?.stop();
  await database?.drop();
});

const HEADERS = { Origin: 'https://app.example.org', 'User-Agent': 'Browser/1.0' };

async function open(node: number, token: string, options: ClientOptions = {}): Promise<Client> {
  const { port } = tidings.deliveryNodes[node] as { port: number };
  const client = await Client.open(port, { token, headers: HEADERS, ...options });
  clients.push(client);
  return client;
}

async function connect(node: number, recipient: string, input: object = {}, options: ClientOptions = {}): Promise<Client> {
  const client = await open(node, (await tidings.api.register(recipient, input)).token, options);
  expect(client.status).toBe(101);
  return client;
}

const push = (recipient: string, input: object = {}) =>
  tidings.api.call('mutation ($input: MessageInput!) { pushMessage(input: $input) { item { id } error { code } } }', {
    input: { recipients: [recipient], message: 'the text', ...input },
  });

interface Reasoned {
  status: string;
  pendingReason: { code: string; since: string | null; text: string } | null;
  deliveredTo: Record<string, string | null> | null;
}

/** The newest message of a recipient. */
async function newest(recipient: string): Promise<Reasoned | undefined> {
  const { messages } = await tidings.api.call<{ messages: { items: Reasoned[] } }>(
    `query ($recipient: String!) { messages(filter: { recipient: $recipient }, limit: 1) { items {
      status pendingReason { code since text } deliveredTo { connectionId since topic protocol sourceIp origin userAgent }
    } } }`,
    { recipient },
  );
  return messages.items[0];
}

interface Presence {
  connections: Array<{ id: string; since: string; topic: string | null; node: string; unconfirmed: number; behind: boolean }>;
  complete: boolean;
  lastSeenAt: string | null;
  pending: number;
  activity: {
    items: Array<{ kind: string; reason: string | null; times: number; closeCode: number | null; detail: string | null }>;
  };
}

async function presence(name: string): Promise<Presence> {
  const { recipient } = await tidings.api.call<{ recipient: Presence }>(
    `query ($name: String!) { recipient(name: $name) { connections { id since topic node unconfirmed behind } complete lastSeenAt pending
      activity(limit: 10) { items { kind reason times closeCode detail } } } }`,
    { name },
  );
  return recipient;
}

/** Waits for a reason, which has to come soon, and returns it. */
async function reasonOf(recipient: string, code: string): Promise<NonNullable<Reasoned['pendingReason']>> {
  let last: Reasoned | undefined;
  await until(
    `${code} of ${recipient}`,
    async () => {
      last = await newest(recipient);
      return last?.pendingReason?.code === code;
    },
    5_000,
  ).catch((error: Error) => {
    throw new Error(`${error.message}; it was ${JSON.stringify(last)}`);
  });
  return last?.pendingReason as NonNullable<Reasoned['pendingReason']>;
}

/** What was opened in the last second may be missing. */
const connected = (recipient: string, count: number) =>
  until(`${count} connections of ${recipient}`, async () => {
    const { connections, complete } = await presence(recipient);
    return complete && connections.length === count;
  });

const seen = (recipient: string) =>
  until(`${recipient} to be known`, async () => (await presence(recipient)).activity.items.length > 0);
const V1 = { protocols: ['tidings.v1'] };

describe('a message waits because', () => {
  test.each([
    ['something swallows pongs', 'pongless', { pongs: false }],
    ['the page does not confirm it', 'ackless', V1],
  ])('it was sent, and %s', async (_, recipient, options) => {
    await connect(0, recipient, {}, options);
    await push(recipient);
    const { since, text } = await reasonOf(recipient, 'NO_RECEIPT');
    expect(text).toMatch(/^Sent \d+ seconds? ago, not confirmed yet\. If this stays so, something .* swallows answers\.$/);
    expect(Math.abs(Date.now() - Date.parse(since ?? ''))).toBeLessThan(10_000);
  });

  test('the connection is full', async () => {
    await connect(1, 'full', {}, V1);
    for (let i = 0; i < 3; i++) await push('full');
    expect((await reasonOf('full', 'BEHIND')).text).toBe('Waiting behind 2 others that this browser has not confirmed.');
    expect((await presence('full')).connections).toMatchObject([{ unconfirmed: 2, behind: true }]);
  });

  test('it is about to be sent', async () => {
    await connect(0, 'soon');
    await push('soon');
    await until('the first to be delivered', async () => (await newest('soon'))?.status === 'DELIVERED');
    // Its event is lost.
    await pool.query(
      `INSERT INTO messages (tenant_id, id, recipient, message, created_at)
       SELECT tenant_id, message_id((extract(epoch FROM now()) * 1000)::bigint, nextval('message_seq')), recipient, 'm', now()
       FROM messages WHERE recipient = 'soon'`,
    );
    expect((await reasonOf('soon', 'ON_ITS_WAY')).text).toMatch(
      /^On its way: connected since .* GMT, and it is about to be sent\./,
    );
  });

  test('its topic is another', async () => {
    await connect(0, 'elsewhere', { topic: 'news' });
    await connect(1, 'elsewhere', { topic: 'sport' });
    await push('elsewhere', { topic: 'security' });
    const { text } = await reasonOf('elsewhere', 'OTHER_TOPIC');
    expect(text).toMatch(/^Waiting: connected, but only for "(news|sport)", "(news|sport)"\. This message is for "security"\.$/);
  });

  test('the page is of another origin', async () => {
    const { token } = await tidings.api.register('strange', { origin: 'https://other.example.org' });
    expect((await open(0, token)).status).toBe(403);
    await push('strange');
    const { text } = await reasonOf('strange', 'REFUSED');
    expect(text).toMatch(
      /^Waiting: their page was turned away because it runs on https:\/\/app\.example\.org, which its token does not allow/,
    );
    expect(text).not.toContain('other.example.org');
  });

  test('the token has expired', async () => {
    const { registerRecipient } = await tidings.api.call<{ registerRecipient: { token: string; expiresAt: string } }>(
      'mutation { registerRecipient(input: { recipient: "late", expiresIn: 1 }) { token expiresAt } }',
    );
    const { token, expiresAt } = registerRecipient;
    await until('the token to expire', () => Date.now() > Date.parse(expiresAt));
    await until('the token to be refused', async () => (await open(1, token)).status === 401);
    // What came in just before is closed a moment after the token's end, and would get the message.
    await connected('late', 0);
    await push('late');
    // What had connected in time may have ended after the first refusal.
    await until('a refusal to be the newest', async () => {
      await open(1, token);
      return (await newest('late'))?.pendingReason?.code === 'REFUSED';
    });
    expect((await reasonOf('late', 'REFUSED')).text).toMatch(
      /^Waiting: their page keeps trying with a token that has expired \(last on .* GMT\)/,
    );
  });

  test('the token was revoked', async () => {
    const { token } = await tidings.api.register('revoked');
    const before = await open(0, token);
    await tidings.api.call('mutation { revokeRecipient(input: { recipient: "revoked" }) { revokedAt } }');
    expect(await before.closed()).toBe(4403);
    const again = await open(1, token, V1);
    expect(await again.closed()).toBe(4403);
    await push('revoked');
    await until('a refusal to be the newest', async () => {
      await open(1, token, V1);
      return (await newest('revoked'))?.pendingReason?.code === 'REFUSED';
    });
    expect((await reasonOf('revoked', 'REFUSED')).text).toContain('because its token was revoked');
    const { activity } = await presence('revoked');
    // Nodes date entries by their own estimates of the time: which of two is newer is not certain to the millisecond.
    const detail = expect.stringContaining('revoked');
    for (const kind of ['REFUSED', 'DISCONNECTED'])
      expect(activity.items).toContainEqual(expect.objectContaining({ kind, closeCode: 4403, detail }));
    expect(activity.items).toContainEqual(expect.objectContaining({ kind: 'REFUSED', reason: 'TOKEN_REVOKED' }));
  });

  test('nobody has ever connected under that name', async () => {
    await push('mistyped');
    const { since, text } = await reasonOf('mistyped', 'NOT_CONNECTED');
    expect(text).toBe('Waiting: nobody called "mistyped" has connected in the last 7 days. Is the name right?');
    expect(since).toBeNull();
  });

  test('the recipient has left', async () => {
    const client = await connect(0, 'gone');
    await seen('gone');
    client.close(1000);
    await client.closed();
    await push('gone', { expiresAt: new Date(Date.now() + 3_600_000).toISOString() });
    await until('it to be known', async () => (await presence('gone')).activity.items[0]?.kind === 'DISCONNECTED');
    const { since, text } = await reasonOf('gone', 'NOT_CONNECTED');
    expect(text).toMatch(/^Waiting: not seen since .* GMT\. It will be delivered when they come back, until .* GMT\.$/);
    expect((await presence('gone')).lastSeenAt).toBe(since);
  });

  test('a node that may hold it does not answer', async () => {
    await connect(1, 'frozen', { topic: 'news' });
    await connected('frozen', 1);
    tidings.deliveryNodes[1]?.pause();
    try {
      expect(await presence('frozen')).toMatchObject({ connections: [], complete: false });
      await push('frozen', { topic: 'security' });
      const { text } = await reasonOf('frozen', 'UNKNOWN');
      expect(text).toMatch(/^Waiting\. One of our servers did not answer/);
    } finally {
      tidings.deliveryNodes[1]?.resume();
    }
    await reasonOf('frozen', 'OTHER_TOPIC');
  });

  test('nothing any more, but it expired, and what was known then is told', async () => {
    const client = await connect(0, 'missed');
    await seen('missed');
    client.close(1000);
    await until('it to be known', async () => (await presence('missed')).activity.items[0]?.kind === 'DISCONNECTED');
    await push('missed', { expiresAt: new Date(Date.now() + 1_000).toISOString() });
    await until('it to expire', async () => (await newest('missed'))?.status === 'CANCELLED');
    const { text } = await reasonOf('missed', 'NOT_CONNECTED');
    expect(text).toMatch(/^Not delivered: it expired on .* GMT\. Until then: not seen since .* GMT\.$/);
  });
});

describe('a message that was delivered', () => {
  test('tells to which connection, and what is known of it', async () => {
    await connect(0, 'ann', { topic: 'news' });
    await connected('ann', 1);
    const [connection] = (await presence('ann')).connections;
    const facts = {
      topic: 'news',
      protocol: 'PLAIN',
      sourceIp: '127.0.0.1',
      origin: HEADERS.Origin,
      userAgent: HEADERS['User-Agent'],
    };
    const delivered = async () => {
      await until('the receipt', async () => (await newest('ann'))?.deliveredTo?.since != null);
      expect(await newest('ann')).toEqual({
        status: 'DELIVERED',
        pendingReason: null,
        deliveredTo: { connectionId: connection?.id, since: connection?.since, ...facts },
      });
    };
    await push('ann');
    await delivered();
    await tidings.api.call('mutation { pushGlobalMessage(input: { message: "to all" }) { id } }');
    await until('the row', async () => (await tidings.api.list({ recipient: 'ann' })).length === 2);
    await delivered();
  });
});

describe('who is there', () => {
  test('is told of the connections of all nodes', async () => {
    const [first] = [await connect(0, 'both'), await connect(1, 'both'), await connect(1, 'other')];
    await connected('both', 2);
    const { connections, complete, pending } = await presence('both');
    expect({ complete, pending, count: connections.length }).toEqual({ complete: true, pending: 0, count: 2 });
    expect(new Set(connections.map(({ node }) => node)).size).toBe(2);
    first?.close(1000);
    await until('one to be gone', async () => (await presence('both')).connections.length === 1);
    expect(await presence('nobody')).toEqual({
      connections: [],
      complete: true,
      lastSeenAt: null,
      pending: 0,
      activity: { items: [] },
    });
  });

  // A fault of a minute, `presence-under-churn`, does so for longer.
  test('is exact whenever it is said to be complete, while 100 recipients come and go on two nodes', async () => {
    const names = Array.from({ length: 100 }, (_, i) => `churn ${i}`);
    const ports = tidings.deliveryNodes.map(({ port }) => port);
    const { asked, complete, wrong } = await comeAndGo(tidings.api, ports, names, { seconds: 6, ask: presence });
    expect(wrong).toEqual([]);
    expect(complete).toBeGreaterThan(asked * 0.8);
    expect(asked).toBeGreaterThan(30);
  }, 60_000);

  test('is not complete while Redis is away, and is again some time after it came back', async () => {
    await connect(0, 'lonely');
    await connected('lonely', 1);
    await redis.kill();
    await until('the loss to be noticed', async () => !(await presence('lonely')).complete);
    await push('nobody here');
    await reasonOf('nobody here', 'UNKNOWN');
    await redis.restart();
    await until('the answer to be complete', async () => {
      const answer = await presence('lonely');
      if (answer.complete) expect(answer.connections).toHaveLength(1);
      return answer.complete;
    });
  });

  test('leaves out a node that was killed', async () => {
    await connect(0, 'survivor');
    await connect(1, 'survivor');
    await connected('survivor', 2);
    await tidings.deliveryNodes[1]?.kill();
    await until('one connection to be left', async () => {
      const { connections, complete } = await presence('survivor');
      return complete && connections.length === 1;
    });
  });
});
