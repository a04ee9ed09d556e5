import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startApi, type TestApi } from '../api/support/api.js';
import { runCommand } from '../support/command.js';
import { freePort, until } from '../support/index.js';

const KEY = 'tk_of_the_command_line';
const PUSH_ONLY = 'tk_that_may_push_alone';

let api: TestApi;
let folder: string;
beforeAll(async () => {
  api = await startApi();
  const { tenantId } = api;
  api.keys.add(KEY, { tenantId });
  api.keys.add(PUSH_ONLY, { tenantId, scope: 'websockets-manager-api:mutation:pushMessage' });
  folder = await mkdtemp(join(tmpdir(), 'tidings-cli-'));
});
afterAll(async () => {
  await api.node.stop();
  await rm(folder, { recursive: true });
});

interface Given {
  environment?: Record<string, string>;
  input?: string;
  stopAt?: RegExp;
}

/** Runs a command as a user would, whose environment names the API node and a key. */
const tidings = (argv: string[], { environment, ...given }: Given = {}) =>
  runCommand(argv, environment ?? { TIDINGS_URL: api.url, TIDINGS_API_KEY: KEY }, given);

const json = async (...argv: string[]) => {
  const { status, out, err } = await tidings([...argv, '--json']);
  expect([status, err]).toEqual([0, '']);
  return JSON.parse(out);
};

describe.each([['push'], ['messages'], ['recipient'], ['listen'], ['cancel'], ['token']])('%s', (name) => {
  test('has help', async () => {
    const { status, out } = await tidings([name, '--help']);
    expect([status, out.includes('--json')]).toEqual([0, true]);
  });
});

const VERSIONLESS = ['messages', '--recipient', 'nobody'];

describe('where and as whom', () => {
  test.each([
    ['the address with /graphql', () => ({ TIDINGS_URL: api.url, TIDINGS_API_KEY: KEY }), []],
    ['and without', () => ({ TIDINGS_URL: new URL(api.url).origin, TIDINGS_API_KEY: KEY }), []],
    ['a file for the key', () => ({ TIDINGS_URL: api.url, TIDINGS_API_KEY_FILE: join(folder, 'key') }), []],
    ['by options', () => ({}), () => ['--url', api.url, '--key-file', join(folder, 'key')]],
    [
      'the options go first',
      () => ({ TIDINGS_URL: 'http://127.0.0.1:1', TIDINGS_API_KEY: 'tk_of_another' }),
      () => ['--url', api.url, '--key-file', join(folder, 'key')],
    ],
    [
      "and another program's DATABASE_URL is nothing to it",
      () => ({ TIDINGS_URL: api.url, TIDINGS_API_KEY: KEY, DATABASE_URL: 'mysql://x' }),
      [],
    ],
  ] as Array<[string, () => Record<string, string>, (() => string[]) | []]>)('%s', async (_name, environment, options) => {
    await writeFile(join(folder, 'key'), `${KEY}\n`);
    const more = typeof options === 'function' ? options() : options;
    expect(await tidings([...VERSIONLESS, ...more], { environment: environment() })).toEqual({
      status: 0,
      out: 'there are no such messages\n',
      err: '',
    });
  });

  test.each([
    [{}, /^tidings: no API node is named: .*TIDINGS_URL.*--url.*\n$/],
    [{ TIDINGS_URL: 'http://127.0.0.1:1' }, /^tidings: no API key is given: .*TIDINGS_API_KEY.*\n$/],
    [{ TIDINGS_URL: 'localhost', TIDINGS_API_KEY: KEY }, /^tidings: TIDINGS_URL must be an address.*\n$/],
  ])('what is missing or wrong is named: %j', async (environment, line) => {
    const { status, err } = await tidings(VERSIONLESS, { environment });
    expect(err).toMatch(line);
    expect(status).toBe('TIDINGS_URL' in environment && 'TIDINGS_API_KEY' in environment ? 1 : 2);
  });

  test('a key that is refused is said to be, and not shown', async () => {
    const { status, err } = await tidings(VERSIONLESS, {
      environment: { TIDINGS_URL: api.url, TIDINGS_API_KEY: 'tk_unknown_here' },
    });
    expect(status).toBe(1);
    expect(err).toMatch(/^tidings: the API key is refused: .*\n$/);
    expect(err).not.toContain('tk_unknown_here');
  });

  test('a scope that lacks the operation is named', async () => {
    const { status, err } = await tidings(VERSIONLESS, { environment: { TIDINGS_URL: api.url, TIDINGS_API_KEY: PUSH_ONLY } });
    expect([status, err]).toEqual([1, expect.stringMatching(/^tidings: the API key's scope does not grant messages.*\n$/)]);
  });
});

describe('push', () => {
  test('prints what was accepted, by recipient', async () => {
    const { status, out } = await tidings([
      'push',
      '--to',
      'ann',
      'bob',
      '--message',
      'hello',
      '--topic',
      'news',
      '--expires',
      '1h',
    ]);
    expect(status).toBe(0);
    expect(out.split('\n').map((line) => line.split(/ +/))).toMatchObject([
      ['RECIPIENT', 'ID', 'STATUS', 'ERROR'],
      ['ann', expect.any(String), 'PENDING', '-'],
      ['bob', expect.any(String), 'PENDING', '-'],
      [''],
    ]);
    const [message] = await json('messages', '--recipient', 'ann', '--topic', 'news');
    const lives = Date.parse(message.expiresAt) - Date.parse(message.createdAt);
    expect(message).toMatchObject({ message: 'hello', topic: 'news' });
    expect(Math.abs(lives - 3_600_000)).toBeLessThan(60_000);
  });

  test('takes the text from standard input, as long as it likes and without the last line break', async () => {
    await tidings(['push', '--to', 'stdin', '--message', '-'], { input: 'two\nlines\n' });
    expect(await json('messages', '--recipient', 'stdin')).toMatchObject([{ message: 'two\nlines' }]);
  });

  test('ends with 1 if one name is refused, and prints the others', async () => {
    const { status, out } = await tidings(['push', '--to', 'ann', 'x'.repeat(257), '--message', 'hello', '--json']);
    expect([status, JSON.parse(out)]).toMatchObject([
      1,
      [{ item: { recipient: 'ann' } }, { item: null, error: { code: 'BAD_USER_INPUT' } }],
    ]);
  });

  test('goes to everybody with --global', async () => {
    expect(await json('push', '--global', '--message', 'noon')).toMatchObject({ id: expect.any(String), message: 'noon' });
  });

  test('repeated with its key pushes once', async () => {
    const argv = ['push', '--to', 'once', '--message', 'hello', '--idempotency-key', 'k1'];
    const [first, second] = [await json(...argv), await json(...argv)];
    expect(second[0].item.id).toBe(first[0].item.id);
  });

  test.each([
    [['push', '--message', 'x']],
    [['push', '--to', 'ann']],
    [['push', '--to', 'ann', '--global', '--message', 'x']],
    [['push', '--global', '--wait', '--message', 'x']],
    [['push', '--to', 'ann', '--message', 'x', '--expires', 'soon']],
    [['push', '--to', 'ann', '--message', 'x', '--no-such-option']],
    [['cancel']],
    [['token']],
    [['messages', '--limit', '0']],
  ])('and others end with 2 where they are used wrongly: %j', async (argv) => {
    const { status, out, err } = await tidings(argv);
    expect([status, out]).toEqual([2, '']);
    expect(err.trim().split('\n')).toHaveLength(1);
  });

  test('says what the service refused', async () => {
    const { status, err } = await tidings(['push', '--to', 'ann', '--message', '']);
    expect([status, err]).toEqual([1, expect.stringMatching(/^tidings: .*input\.message.*\n$/)]);
  });
});

/** Sets what became of a recipient's messages. */
const settle = (recipient: string, state: object) => {
  for (const message of api.store.messages) if (message.recipient === recipient) Object.assign(message, state);
};

describe('push --wait', () => {
  const pushing = (name: string) => tidings(['push', '--to', name, '--message', 'hi', '--wait', '--json']);
  const pushed = (name: string) => until('the message', () => api.store.messages.some(({ recipient }) => recipient === name));

  test('ends with 0 once all are delivered, and tells meanwhile why they wait', async () => {
    const ended = tidings(['push', '--to', 'waiting', '--message', 'hi', '--wait']);
    await pushed('waiting');
    settle('waiting', { status: 'DELIVERED', receipt: 'ACK', deliveredAt: new Date() });
    expect(await ended).toMatchObject({ status: 0, out: expect.stringMatching(/waiting +\S+ +DELIVERED +ACK/) });
  });

  test('ends with 3 if one is cancelled', async () => {
    const ended = pushing('recalled');
    await pushed('recalled');
    expect((await tidings(['cancel', '--recipient', 'recalled'])).out).toBe('cancelled 1 message\n');
    const { status, out } = await ended;
    expect([status, JSON.parse(out)]).toMatchObject([3, [{ status: 'CANCELLED', cancelReason: 'RECALLED' }]]);
  });

  test('tells the reason, and can be stopped', async () => {
    const { status, err } = await tidings(['push', '--to', 'never', '--message', 'hi', '--wait'], { stopAt: /never: / });
    expect([status, err]).toEqual([1, expect.stringMatching(/^never: .*\ntidings: no longer waited for.*\n$/)]);
  });
});

describe('messages', () => {
  test('are found by what the schema calls its filters', async () => {
    await tidings(['push', '--to', 'filtered', '--message', 'a', '--topic', 't1']);
    await tidings(['push', '--to', 'filtered', '--message', 'b', '--topic', 't2']);
    const find = async (...argv: string[]) =>
      (await json('messages', '--recipient', 'filtered', ...argv)).map(({ message }: { message: string }) => message);
    expect(await find()).toEqual(['b', 'a']);
    expect(await find('--topic', 't1')).toEqual(['a']);
    expect(await find('--status', 'pending', '--limit', '1')).toEqual(['b']);
    expect(await find('--created-at-to', '2020-01-01')).toEqual([]);
    expect(await find('--created-at-from', '2020-01-01')).toEqual(['b', 'a']);
  });

  test('that wait have a reason with --why', async () => {
    await tidings(['push', '--to', 'why', '--message', 'a']);
    expect((await tidings(['messages', '--recipient', 'why', '--why'])).out).toMatch(/WHY IT WAITS\n.*PENDING.*\w+[.?]\n$/);
  });

  test('are followed: those that come, and what becomes of those that came', async () => {
    await tidings(['push', '--to', 'followed', '--message', 'first']);
    const ended = tidings(['messages', '--recipient', 'followed', '--follow', '--json'], {
      stopAt: /"DELIVERED"[\s\S]*"DELIVERED"/,
    });
    await tidings(['push', '--to', 'followed', '--message', 'second']);
    settle('followed', { status: 'DELIVERED', receipt: 'PONG', deliveredAt: new Date() });
    const { status, out } = await ended;
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(status).toBe(0);
    expect(
      lines
        .filter((line) => line.status === 'DELIVERED')
        .map((line) => line.message)
        .sort(),
    ).toEqual(['first', 'second']);
  });
});

describe('cancel', () => {
  test('takes ids', async () => {
    const [{ item }] = await json('push', '--to', 'by-id', '--message', 'a');
    expect(await json('cancel', item.id)).toEqual({ cancelled: 1 });
    expect(await json('cancel', item.id)).toEqual({ cancelled: 0 });
  });
});

test('status-feed switches the feed, and leaves global messages as they are unless told', async () => {
  expect((await tidings(['status-feed', 'show'])).out).toBe('status events are not recorded\n');
  expect((await tidings(['status-feed', 'enable', '--globals'])).out).toBe(
    'status events are recorded; those of global messages are included\n',
  );
  expect(await json('status-feed', 'enable')).toEqual({ enabled: true, globals: true });
  expect(await json('status-feed', 'enable', '--no-globals')).toEqual({ enabled: true, globals: false });
  expect(await json('status-feed', 'disable')).toEqual({ enabled: false, globals: false });
  expect(await json('status-feed', 'show')).toEqual({ enabled: false, globals: false });
  const { status, err } = await tidings(['status-feed', 'enable'], {
    environment: { TIDINGS_URL: api.url, TIDINGS_API_KEY: PUSH_ONLY },
  });
  expect([status, err]).toEqual([1, expect.stringMatching(/scope does not grant setStatusFeed/)]);
  expect((await tidings(['status-feed'])).status).toBe(2);
});

describe('webhook', () => {
  const URL = 'https://example.org/hook';

  test('create prints the secret alone, and the others do what the schema does under their names', async () => {
    await api.call('mutation { setStatusFeed(enabled: true) { enabled } }');
    const { status, out, err } = await tidings([
      'webhook',
      'create',
      URL,
      '--events',
      'delivered',
      'OVERDUE',
      '--max-batch',
      '50',
    ]);
    expect([status, out]).toEqual([0, expect.stringMatching(/^whsec_[\w+/]{43}=\n$/)]);
    const [, id = ''] = /Id: (\S+)/.exec(err) ?? [];
    expect(await json('webhook', 'list')).toMatchObject([
      { id, url: URL, events: ['DELIVERED', 'OVERDUE'], maxBatch: 50, includeText: false, globals: false, state: 'ACTIVE' },
    ]);
    expect((await tidings(['webhook', 'list'])).out).toMatch(new RegExp(`^ID +STATE .*\n${id} +ACTIVE .*${URL}\n$`));
    const changed = await json('webhook', 'update', id, '--to', `${URL}2`, '--no-globals', '--pause', '--events', 'RECALLED');
    expect(changed).toMatchObject({ url: `${URL}2`, globals: false, maxBatch: 50, state: 'PAUSED', events: ['RECALLED'] });
    expect(await json('webhook', 'update', id, '--no-pause', '--include-text')).toMatchObject({
      state: 'ACTIVE',
      includeText: true,
    });
    expect((await tidings(['webhook', 'rotate-secret', id, '--overlap', '1h'])).out).toMatch(/^whsec_\S+\n$/);
    expect((await tidings(['webhook', 'test', id])).out).toMatch(/^AT +ATTEMPT .*\n.* 200 .*fine\n$/);
    expect(await json('webhook', 'attempts', id, '--failed', '--event-id', id, '--limit', '5')).toEqual([]);
    expect(await json('webhook', 'replay', id, '--failed-only')).toEqual({ replayed: 0, complete: true });
    expect((await tidings(['webhook', 'replay', id, '--recorded-from', '2026-11-01'])).out).toBe(
      '0 events are posted once more\n',
    );
    expect((await tidings(['webhook', 'delete', id])).out).toBe(`deleted webhook ${id}, for which 0 events waited\n`);
  });

  test('says where there is none, what the service refuses, and what cannot be meant', async () => {
    const none = { status: 1, err: expect.stringMatching(/^tidings: there is no webhook nothing: .*\n$/) };
    for (const argv of [['delete'], ['test'], ['rotate-secret'], ['update', '--pause'], ['replay', '--failed-only']]) {
      const [name = '', ...more] = argv;
      expect(await tidings(['webhook', name, 'nothing', ...more])).toMatchObject(none);
    }
    const http = await tidings(['webhook', 'create', 'http://example.org', '--events', 'DELIVERED']);
    expect([http.status, http.err]).toEqual([1, expect.stringMatching(/^tidings: .*input\.url.*\n$/)]);
    for (const argv of [[], ['update', 'id'], ['replay', 'id'], ['create', URL], ['rotate-secret', 'id', '--overlap', 'long']]) {
      expect((await tidings(['webhook', ...argv])).status).toBe(2);
    }
  });
});

test('token prints the token and the URI, each on a line of its own', async () => {
  const { status, out, err } = await tidings([
    'token',
    'ann',
    '--expires',
    '1h',
    '--topic',
    'news',
    '--origin',
    'https://example.org',
  ]);
  const [token, uri, ...more] = out.split('\n');
  expect([status, uri, more]).toEqual([0, `ws://127.0.0.1:4001/?token=${token}`, ['']]);
  expect(err).toMatch(/^good until .*\n$/);
});

test('recipient shows what is known of one', async () => {
  await tidings(['push', '--to', 'known', '--message', 'a']);
  const { status, out } = await tidings(['recipient', 'known']);
  expect([status, out]).toEqual([
    0,
    expect.stringMatching(/^known: not connected, last seen never\n[\s\S]*1 pending, global messages to come: 0\n/),
  ]);
  expect(await json('recipient', 'known')).toMatchObject({ name: 'known', pending: 1, connections: [] });
});

test('where nothing answers, it is said what to look at', async () => {
  const url = `http://127.0.0.1:${await freePort()}`;
  const { status, err } = await tidings(['messages'], { environment: { TIDINGS_URL: url, TIDINGS_API_KEY: KEY } });
  expect(status).toBe(1);
  expect(err).toMatch(/^tidings: nothing answers at .*TIDINGS_URL or --url names it\n$/);
});
