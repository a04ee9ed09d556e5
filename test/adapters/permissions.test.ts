import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Frame, type Installation, LiveClient, MALFORMED, startInstallation } from './support.js';

let tidings: Installation;
const clients: LiveClient[] = [];

beforeAll(async () => {
  tidings = await startInstallation();
}, 60_000);
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});
afterAll(() => tidings.stop());

const ORIGIN = { headers: { origin: 'https://page.example' } };

async function open(path: string, options: Parameters<typeof LiveClient.open>[1] = {}): Promise<LiveClient> {
  const client = await LiveClient.open(`${tidings.deliveryUrls[0]}${path}`, options);
  clients.push(client);
  return client;
}
const tokenFor = async (input: object) => (await tidings.register(input)).token;

/** Returns the code in an error of any protocol. */
function codeOf(frame: Frame): string | undefined {
  const { error, EventData, code } = frame as {
    error?: { code: string };
    EventData?: { code?: string };
    code?: string;
  };
  return error?.code ?? EventData?.code ?? code;
}

/** Returns the refusal of a command by a silent protocol, or that a malformed frame is what is refused first. */
async function outcome(client: LiveClient, frame: object | null): Promise<'allowed' | string | undefined> {
  if (frame !== null) client.send(frame);
  client.send(MALFORMED);
  const first = codeOf(await client.next());
  if (first === 'BAD_USER_INPUT') return 'allowed';
  await client.next();
  return first;
}

const UUID = '5013bc52-da9a-11ee-844f-2fa34248de28';
const OTHER = '74ac5405-7c70-4184-9388-1c9f8f8ce25f';

/** Marks by `x` where a subscription (column) lies within the grant of a token (row). */
interface Matrix {
  asked: string[];
  rows: Array<[grants: string[], allowed: string]>;
}

const PATTERNS: Matrix = {
  asked: ['*', 'file', 'file:1', 'file:1:page:2', 'file:*', 'file:*:page', 'filed', '*:1', '*:*', 'folder:1'],
  rows: [
    [[], '..........'],
    [['*'], 'xxxxxxxxxx'],
    [['file'], '.xxxxx....'],
    [['file:1'], '..xx......'],
    [['file:*'], '..xxxx....'],
    [['*:1'], '..xx...x.x'],
    [['*:*'], '..xxxx.xxx'],
    [['file:*:page'], '...x.x....'],
    [['file:1', 'folder'], '..xx.....x'],
    [['FILE'], '..........'],
  ],
};

const PATHS: Matrix = {
  asked: [
    `customer_id:${UUID}`,
    `customer_id:${UUID}:call`,
    `customer_id:${UUID}:*:1`,
    `customer_id:${OTHER}`,
    `agent_id:${UUID}`,
    `agent_id:${UUID}:call:1`,
  ],
  rows: [
    [[], '......'],
    [['*'], 'xxxxxx'],
    [['customer_id'], 'xxxx..'],
    [[`customer_id:${UUID}`], 'xxx...'],
    [[`customer_id:${UUID}:*`], '.xx...'],
    [[`customer_id:${UUID}:call`], '.x....'],
    [[`agent_id:${UUID}`], '....xx'],
    [[`*:${UUID}`], 'xxx.xx'],
    [[`agent_id:${UUID}:call:1`], '.....x'],
  ],
};

// Upper and lower case name the same entity or type of object.
const ENTITIES: Matrix = {
  asked: ['file 1', 'FILE 1', 'File 2', 'folder 1'],
  rows: [
    [[], '....'],
    [['*'], 'xxxx'],
    [['file'], 'xxx.'],
    [['FILE:1'], 'xx..'],
    [['file:*'], 'xxx.'],
    [['*:1'], 'xx.x'],
    [['file:1:page'], '....'],
    [['folder', 'file:2'], '..xx'],
  ],
};
const OBJECTS: Matrix = {
  asked: [...ENTITIES.asked, 'file *', '* 1', '* *'],
  rows: [
    [[], '.......'],
    [['*'], 'xxxxxxx'],
    [['file'], 'xxx.x..'],
    [['FILE:1'], 'xx.....'],
    [['file:*'], 'xxx.x..'],
    [['*:1'], 'xx.x.x.'],
    [['*:*'], 'xxxxxxx'],
    [['file:1:page'], '.......'],
  ],
};
const RULES: Matrix = {
  asked: ['voyage', 'voyage:1', 'voyage:*', '*'],
  rows: [
    [[], '....'],
    [['*'], 'xxxx'],
    [['voyage'], 'xxx.'],
    [['voyage:1'], '.x..'],
    [['voyage:*'], '.xx.'],
    [['Voyage'], '....'],
    [['port'], '....'],
  ],
};

const rowsOf = ({ asked, rows }: Matrix) => rows.map(([grants, allowed]) => ({ grants, asked, allowed: [...allowed] }));
const expected = (row: { allowed: string[] }) => row.allowed.map((one) => (one === 'x' ? 'allowed' : 'FORBIDDEN'));

describe('a subscription needs a grant that covers it', () => {
  it.each(rowsOf(PATTERNS))('in tidings.v1 and in table topics, granted $grants', async (row) => {
    const token = await tokenFor({ subscribe: row.grants });
    const own = await open(`/?token=${token}`, { protocols: ['tidings.v1'] });
    const found: Array<unknown> = [];
    const tables: Array<unknown> = [];
    for (const topic of row.asked) {
      found.push((await own.ask({ type: 'subscribe', topics: [topic] })).code ?? 'allowed');
      const client = await open(`/live?token=${token}`);
      tables.push(await outcome(client, { method: 'subscribe', attributes: { topic } }));
      client.close();
    }
    expect(found).toEqual(expected(row));
    expect(tables).toEqual(expected(row));
  });

  it.each(rowsOf(PATHS))('in topic paths, granted $grants', async (row) => {
    const client = await open(`/v1.0/ws?token=${await tokenFor({ subscribe: row.grants })}`);
    const found: Array<unknown> = [];
    for (const topic of row.asked) found.push(await outcome(client, { type: 'subscribe', topics: [topic] }));
    expect(found).toEqual(expected(row));
  });

  it.each(rowsOf(ENTITIES))('in entity events, granted $grants', async (row) => {
    const client = await open(`/api/websocket/events?token=${await tokenFor({ subscribe: row.grants })}`, ORIGIN);
    const found: Array<unknown> = [];
    for (const one of row.asked) {
      const [entity, id] = one.split(' ');
      found.push(await outcome(client, { action: 'subscribe', entity, id }));
    }
    expect(found).toEqual(expected(row));
  });

  it.each(rowsOf(OBJECTS))('in object subscriptions, granted $grants', async (row) => {
    const token = await tokenFor({ subscribe: row.grants });
    const found: Array<unknown> = [];
    for (const one of row.asked) {
      const client = await open(`/ws/rest/WebSocketObjectSubscription/${one.replace(' ', '/*/')}/${token}`);
      found.push(await outcome(client, null));
    }
    expect(found).toEqual(expected(row));
  });

  it.each(rowsOf(RULES))('in alert rules, granted $grants', async (row) => {
    const token = await tokenFor({ subscribe: row.grants });
    const own = await open(`/?token=${token}`, { protocols: ['tidings.v1'] });
    const found: Array<unknown> = [];
    const scripts: Array<unknown> = [];
    for (const [i, topic] of row.asked.entries()) {
      await tidings
        .ask('mutation($input: CreateAlertRuleInput!) { createAlertRule(input: $input) { code } }', {
          input: { code: `rule${i}`, topic, condition: 'true' },
        })
        .catch(() => {});
      found.push((await own.ask({ type: 'subscribe', alert: `rule${i}` })).code ?? 'allowed');
      scripts.push(await outcome(await open(`/ws/rest/WebSocketAlertScript/rule${i}/${token}`), null));
    }
    expect(found).toEqual(expected(row));
    expect(scripts).toEqual(expected(row));
  });
});

// A token may publish on, create and destroy what it grants that for: grants to subscribe do not help.
const PUBLISHING: Matrix = {
  asked: ['chat', 'chat:1', 'chat:1:x', 'chat:2', 'chatter', 'mail:1'],
  rows: [
    [[], '......'],
    [['*'], 'xxxxxx'],
    [['chat'], 'xxxx..'],
    [['chat:1'], '.xx...'],
    [['chat:*'], '.xxx..'],
    [['*:1'], '.xx..x'],
    [['*:*:x'], '..x...'],
    [['chat:1', 'mail'], '.xx..x'],
    [['CHAT'], '......'],
  ],
};

describe('publishing, creating and destroying need a publish grant that covers the name', () => {
  it.each(rowsOf(PUBLISHING))('in tidings.v1 and in table topics, granted $grants', async (row) => {
    const token = await tokenFor({ recipient: 'ann', subscribe: ['*'], publish: row.grants });
    const own = await open(`/?token=${token}`, { protocols: ['tidings.v1'] });
    const listener = await open(`/?token=${token}`, { protocols: ['tidings.v1'] });
    const tables = await open(`/live?token=${token}`);
    await listener.ask({ type: 'subscribe', topics: ['*'] });
    /** Returns the error of a command of table topics, or nothing before the answer to the list. */
    const asked = async (method: string, attributes: object): Promise<string> => {
      tables.send({ method, attributes });
      tables.send({ method: 'list-topic' });
      const first = await tables.next();
      if (first.EventType === 'response') return 'allowed';
      await tables.next();
      return String(codeOf(first));
    };
    const ways: Array<(topic: string) => Promise<unknown>> = [
      async (topic) => (await own.ask({ type: 'publish', topic, data: { by: 'own' } })).code ?? 'allowed',
      async (name) => (await own.ask({ type: 'create-topic', name })).code ?? 'allowed',
      async (name) => (await own.ask({ type: 'destroy-topic', name })).code ?? 'allowed',
      (topic) => asked('new-message', { topic, message: { by: 'tables' } }),
      (name) => asked('create-topic', { name }),
      (name) => asked('destroy-topic', { name }),
    ];
    for (const way of ways) {
      const found: unknown[] = [];
      for (const topic of row.asked) found.push(await way(topic));
      expect(found).toEqual(expected(row));
    }
    // No refused event was published, and all others were.
    await tidings.publish({ topic: 'end' });
    const published: string[] = [];
    for (let frame = await listener.next(); frame.topic !== 'end'; frame = await listener.next()) {
      expect(frame.event).toBe('new-message');
      published.push(`${(frame.data as { by: string }).by} ${frame.topic}`);
    }
    const allowed = row.asked.filter((_, i) => row.allowed[i] === 'x');
    expect(published).toEqual(['own', 'tables'].flatMap((by) => allowed.map((topic) => `${by} ${topic}`)));
    const { topics } = await tidings.ask<{ topics: Frame[] }>('{ topics { name } }');
    expect(topics).toEqual([]);
  });

  it.each(['chat:*', '*', '', 'a::b', `${'x'.repeat(513)}`])('and a name that is a live topic, which %j is not', async (name) => {
    const own = await open(`/?token=${await tokenFor({ publish: ['*'] })}`, { protocols: ['tidings.v1'] });
    for (const frame of [
      { type: 'publish', topic: name, data: {} },
      { type: 'create-topic', name },
      { type: 'destroy-topic', name },
    ])
      expect(await own.ask(frame)).toMatchObject({ type: 'error', code: 'BAD_USER_INPUT' });
  });

  it('and a protocol that has such commands', async () => {
    const token = await tokenFor({ subscribe: ['*'], publish: ['*'] });
    const listener = await open(`/?token=${token}`, { protocols: ['tidings.v1'] });
    await listener.ask({ type: 'subscribe', topics: ['*'] });
    const others = [
      await open(`/api/websocket/events?token=${token}`, ORIGIN),
      await open(`/v1.0/ws?token=${token}`),
      await open(`/ws/rest/WebSocketObjectSubscription/x/*/1/${token}`),
    ];
    for (const client of others) {
      for (const frame of [
        { type: 'publish', id: '1', topic: 'chat', data: {} },
        { method: 'new-message', attributes: { topic: 'chat', message: {} } },
        { type: 'create-topic', id: '1', name: 'chat' },
      ])
        client.send(frame);
      client.send(MALFORMED);
      // Any JSON object selects fields on an object subscription: only the malformed one is refused.
      expect(codeOf(await client.next())).toBe('BAD_USER_INPUT');
    }
    await tidings.publish({ topic: 'end' });
    expect(await listener.next()).toMatchObject({ topic: 'end' });
    expect(await tidings.ask('{ topics { name } }')).toEqual({ topics: [] });
  });

  it('and shows on the list what either kind of grant covers', async () => {
    for (const name of ['a:1', 'a:2', 'b:1', 'c'])
      await tidings.ask(`mutation { createTopic(input: { name: "${name}" }) { name } }`);
    const listed = async (subscribe: string[], publish: string[]) => {
      const token = await tokenFor({ subscribe, publish });
      const tables = await open(`/live?token=${token}`);
      tables.send({ method: 'list-topic' });
      const { topics } = (await tables.next()).EventData as { topics: string[] };
      const own = await open(`/?token=${token}`, { protocols: ['tidings.v1'] });
      expect((await own.ask({ type: 'list-topics' })).topics).toEqual(topics);
      return topics;
    };
    expect(await listed([], [])).toEqual([]);
    expect(await listed(['a'], [])).toEqual(['a:1', 'a:2']);
    expect(await listed(['*:1'], ['c'])).toEqual(['a:1', 'b:1', 'c']);
    expect(await listed([], ['*'])).toEqual(['a:1', 'a:2', 'b:1', 'c']);
    for (const name of ['a:1', 'a:2', 'b:1', 'c'])
      await tidings.ask(`mutation { destroyTopic(input: { name: "${name}" }) { name } }`);
  });
});
