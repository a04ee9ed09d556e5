import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { keepingLogger, startApi, type TestApi } from '../support/api.js';

const logger = keepingLogger();
let api: TestApi;
beforeAll(async () => {
  api = await startApi({ logger });
  logger.lines.length = 0;
});
afterAll(() => api.node.stop());

const LONE_SURROGATE = 'a\ud800b';
const NUL = 'a\0b';
const notText: Array<[string, unknown]> = [
  ['a number', 5],
  ['a boolean', true],
  ['a list', ['a', 'b']],
  ['an object', { a: 1 }],
];
const unclean: Array<[string, unknown]> = [
  ['a lone surrogate', LONE_SURROGATE],
  ['U+0000', NUL],
];
const badLabels = (max: number): Array<[string, unknown]> => [
  ['nothing', ''],
  [`${max + 1} characters`, '🙂'.repeat(max + 1)],
  ...unclean,
];
const required: Array<[string, unknown]> = [
  ['null', null],
  ['no value', undefined],
];
const badDates: Array<[string, unknown]> = [
  ['an empty date', ''],
  ['a word', 'tomorrow'],
  ['infinity', 'infinity'],
  ['an impossible day', '2030-02-30T00:00:00Z'],
  ['an impossible hour', '2030-01-01T24:00:00Z'],
  ['an impossible zone', '2030-01-01T00:00:00+24:00'],
  ['a space between date and time', '2030-01-01 00:00:00Z'],
  ['milliseconds since 1970', '1700000000000'],
  ['a year before 1970', '1969-12-31T23:59:59Z'],
  ['a year after 9999', '9999-12-31T23:59:59-01:00'],
  ...unclean,
];
const badMoments: Array<[string, unknown]> = [
  ...badDates,
  ['a bare date', '2030-01-01'],
  ['a moment that has passed', new Date(Date.now() - 1000).toISOString()],
  ['a moment more than 365 days ahead', new Date(Date.now() + 366 * 24 * 3_600_000).toISOString()],
  ...notText,
];
const badRangeEnds = [...badDates, ['an impossible bare date', '2030-02-30'] as [string, unknown], ...notText];
// GraphQL takes integers for ids; those match nothing.
const badIds: Array<[string, unknown]> = [['a fraction', 1.5], ['a boolean', true], ['an object', {}], ...unclean];

const valid: Record<string, Record<string, unknown>> = {
  registerRecipient: { recipient: 'ann' },
  pushMessage: { recipients: ['ann'], message: 'hi' },
  pushGlobalMessage: { message: 'hi' },
  cancelMessages: { topic: 'news' },
  revokeRecipient: { recipient: 'ann' },
  eraseRecipient: { recipient: 'ann' },
};

/** Operation, field within its input, its bad values. */
const mutationFields: Array<[string, string, Array<[string, unknown]>]> = [
  ['registerRecipient', 'recipient', [...required, ...notText, ...badLabels(256)]],
  [
    'registerRecipient',
    'sourceIp',
    [
      ...notText,
      ...unclean,
      ['nothing', ''],
      ['a name', 'example.org'],
      ['too few parts', '10.1'],
      ['an octal part', '010.0.0.1'],
      ['a part above 255', '10.0.0.256'],
      ['too many bits', '10.0.0.0/33'],
      ['no bits', '10.0.0.0/'],
      ['two prefixes', '10.0.0.0/8/8'],
      ['a zone', 'fe80::1%eth0'],
      ['too many bits of IPv6', '::/129'],
      ['a space', ' 10.0.0.1'],
    ],
  ],
  [
    'registerRecipient',
    'origin',
    [
      ...notText,
      ...unclean,
      ['nothing', ''],
      ['no scheme', 'example.org'],
      ['another scheme', 'ftp://example.org'],
      ['a slash', 'https://example.org/'],
      ['a path', 'https://example.org/a'],
      ['a query', 'https://example.org?a'],
      ['a fragment', 'https://example.org#a'],
      ['a user', 'https://ann@example.org'],
      ['a port that is none', 'https://example.org:70000'],
      ['a wildcard of all', '*'],
      ['null as browsers write it', 'null'],
      ['two of them', 'https://a.org https://b.org'],
    ],
  ],
  ['registerRecipient', 'topic', [...notText, ...badLabels(256)]],
  [
    'registerRecipient',
    'expiresIn',
    [
      ['a text', '60'],
      ['a fraction', 1.5],
      ['more than 32 bits', 2 ** 31],
      ['zero', 0],
      ['less than zero', -1],
      ['more than the life of tokens', 24 * 3600 + 1],
    ],
  ],
  [
    'pushMessage',
    'recipients',
    [...required, ['an empty list', []], ['10,001 names', Array.from({ length: 10_001 }, () => 'same')], ['a number', 5]],
  ],
  [
    'pushMessage',
    'message',
    [...required, ...notText, ...unclean, ['nothing', ''], ['more than 64 KiB', 'é'.repeat(32 * 1024 + 1)]],
  ],
  ['pushMessage', 'topic', [...notText, ...badLabels(256)]],
  ['pushMessage', 'expiresAt', badMoments],
  ['pushMessage', 'idempotencyKey', [...notText, ...badLabels(128)]],
  [
    'pushGlobalMessage',
    'message',
    [...required, ...notText, ...unclean, ['nothing', ''], ['more than 64 KiB', 'a'.repeat(64 * 1024 + 1)]],
  ],
  ['pushGlobalMessage', 'topic', [...notText, ...badLabels(256)]],
  ['pushGlobalMessage', 'expiresAt', badMoments],
  ['pushGlobalMessage', 'idempotencyKey', [...notText, ...badLabels(128)]],
  ['cancelMessages', 'ids', [['10,001 ids', Array.from({ length: 10_001 }, () => 'x')]]],
  ['cancelMessages', 'recipient', [...notText, ...badLabels(256)]],
  ['cancelMessages', 'globalMessageId', badIds],
  ['cancelMessages', 'topic', [...notText, ...badLabels(256)]],
  ['revokeRecipient', 'recipient', [...required, ...notText, ...badLabels(256)]],
  ['eraseRecipient', 'recipient', [...required, ...notText, ...badLabels(256)]],
];

const inputTypes: Record<string, string> = {
  registerRecipient: 'RegisterRecipientInput!',
  pushMessage: 'MessageInput!',
  pushGlobalMessage: 'GlobalMessageInput!',
  cancelMessages: 'CancelMessagesInput!',
  revokeRecipient: 'RevokeRecipientInput!',
  eraseRecipient: 'EraseRecipientInput!',
};
const selections: Record<string, string> = {
  registerRecipient: '{ token }',
  pushMessage: '{ index }',
  pushGlobalMessage: '{ id }',
  cancelMessages: '{ cancelled }',
  revokeRecipient: '{ revokedAt }',
  eraseRecipient: '{ erased }',
};

async function expectRefused(query: string, variables: object, field: string) {
  const before = api.store.contents;
  const { status, body } = await api.call(query, variables);
  expect(body.errors).toHaveLength(1);
  expect(body.errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT', field });
  expect(Object.values(body.data ?? {}).every((value) => value === null)).toBe(true);
  expect(status).toBe(200);
  expect(api.store.contents).toBe(before);
  expect(api.bus.published).toHaveLength(0);
  expect(logger.lines).toEqual([]);
}

describe.each(mutationFields)('%s refuses in %s', (operation, field, values) => {
  const query = `mutation ($in: ${inputTypes[operation]}) { ${operation}(input: $in) ${selections[operation]} }`;

  test.each(values)('%s', async (_name, value) => {
    const input = { ...valid[operation], [field]: value };
    if (value === undefined) delete input[field];
    await expectRefused(query, { in: input }, `input.${field}`);
  });
});

describe.each(Object.keys(valid))('%s refuses as input', (operation) => {
  const query = `mutation ($input: ${inputTypes[operation]}) { ${operation}(input: $input) ${selections[operation]} }`;
  test.each([...required, ['a text', 'x'], ['a list', [5]]])('%s', (_name, input) => expectRefused(query, { input }, 'input'));
  test('an attribute that it does not have', () =>
    expectRefused(query, { input: { ...valid[operation], colour: 'red' } }, 'input.colour'));
});

describe('lists', () => {
  const push =
    'mutation ($input: MessageInput!) { pushMessage(input: $input) { index error { code message } item { recipient } } }';
  const cancel = 'mutation ($input: CancelMessagesInput!) { cancelMessages(input: $input) { cancelled complete } }';

  test('an element that the type refuses is named by its position', async () => {
    await expectRefused(push, { input: { recipients: ['ann', 5], message: 'hi' } }, 'input.recipients[1]');
    await expectRefused(push, { input: { recipients: ['ann', null], message: 'hi' } }, 'input.recipients[1]');
    await expectRefused(cancel, { input: { ids: ['x', null] } }, 'input.ids[1]');
  });

  test('an id that is not well-formed is named by its position', () =>
    expectRefused(cancel, { input: { ids: ['x', LONE_SURROGATE] } }, 'input.ids[1]'));

  test('nothing given to cancel', async () => {
    await expectRefused(cancel, { input: {} }, 'input');
    await expectRefused(cancel, { input: { ids: null, topic: null } }, 'input');
  });

  test('16 MiB in all are refused, whatever each of them has', () =>
    expectRefused(
      push,
      { input: { recipients: Array.from({ length: 1000 }, (_, i) => `r${i}`), message: 'x'.repeat(16 * 1024 + 800) } },
      'input.recipients',
    ));
});

describe('queries', () => {
  const messages =
    'query ($f: MessagesFilter, $n: Int, $t: String) { messages(filter: $f, limit: $n, nextToken: $t) { nextToken } }';
  const globals =
    'query ($f: GlobalMessagesFilter, $n: Int, $t: String) { globalMessages(filter: $f, limit: $n, nextToken: $t) { nextToken } }';

  const filters: Array<[string, string, string, Array<[string, unknown]>]> = [
    ['messages', messages, 'recipient', [...notText, ...badLabels(256)]],
    ['messages', messages, 'globalMessageId', badIds],
    ['messages', messages, 'topic', [...notText, ...badLabels(256)]],
    [
      'messages',
      messages,
      'status',
      [
        ['another word', 'SENT'],
        ['a number', 1],
        ['a text in lower case', 'pending'],
      ],
    ],
    ['globalMessages', globals, 'topic', [...notText, ...badLabels(256)]],
  ];
  describe.each(filters)('%s refuses', (_operation, query, field, values) => {
    test.each(values)(`in filter.${field} %s`, (_name, value) =>
      expectRefused(query, { f: { [field]: value } }, `filter.${field}`),
    );
  });

  describe.each([
    ['messages', messages],
    ['globalMessages', globals],
  ])('%s refuses', (_operation, query) => {
    for (const range of ['createdAt', 'expiresAt']) {
      for (const end of ['from', 'to']) {
        test.each(badRangeEnds)(`in filter.${range}.${end} %s`, (_name, value) =>
          expectRefused(query, { f: { [range]: { [end]: value } } }, `filter.${range}.${end}`),
        );
      }
      test(`a filter.${range} whose from is after its to`, () =>
        expectRefused(query, { f: { [range]: { from: '2030-01-02', to: '2030-01-01' } } }, `filter.${range}.from`));
    }

    test.each([
      ['zero', 0],
      ['less than zero', -1],
      ['1,001', 1001],
      ['a fraction', 1.5],
      ['a text', '10'],
    ])('as limit %s', (_name, n) => expectRefused(query, { n }, 'limit'));

    test.each([
      ['nothing', ''],
      ['a word', 'next'],
      ['a lone surrogate', LONE_SURROGATE],
      ['U+0000', NUL],
      ['a number', 5],
      ['an id', '01890000-0000-7000-8000-000000000001'],
    ])('as nextToken %s', (_name, t) => expectRefused(query, { t }, 'nextToken'));
  });

  test('message refuses text that is not well-formed as id', async () => {
    const query = 'query ($id: ID!) { message(id: $id) { id } }';
    await expectRefused(query, { id: LONE_SURROGATE }, 'id');
    await expectRefused(query, { id: NUL }, 'id');
    await expectRefused(query, { id: null }, 'id');
    await expectRefused(query, {}, 'id');
  });
});

describe('the same values as literals', () => {
  test.each([
    [
      'mutation { pushMessage(input: { recipients: ["ann"], message: "hi", expiresAt: "tomorrow" }) { index } }',
      'input.expiresAt',
    ],
    ['mutation { pushMessage(input: { recipients: [], message: "hi" }) { index } }', 'input.recipients'],
    ['mutation { pushMessage(input: { recipients: ["ann"], message: "a\\u0000b" }) { index } }', 'input.message'],
    ['mutation { registerRecipient(input: { recipient: "ann", origin: "https://example.org/" }) { token } }', 'input.origin'],
    ['mutation { registerRecipient(input: { recipient: "ann", expiresIn: 0 }) { token } }', 'input.expiresIn'],
    ['{ messages(filter: { createdAt: { from: "never" } }) { nextToken } }', 'filter.createdAt.from'],
    ['{ messages(limit: 0) { nextToken } }', 'limit'],
  ])('%s', (query, field) => expectRefused(query, {}, field));

  test('what the type system refuses keeps its code', async () => {
    const { body } = await api.call(
      'mutation { pushMessage(input: { recipients: ["ann"], message: "hi", expiresAt: 5 }) { index } }',
    );
    expect(body.errors).toMatchObject([{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }]);
    expect(api.store.messages).toHaveLength(0);
  });
});

describe('a variable within an input', () => {
  test('is named by where it stands', async () => {
    const query =
      'mutation ($when: DateTime) { pushMessage(input: { recipients: ["a"], message: "m", expiresAt: $when }) { index } }';
    await expectRefused(query, { when: 5 }, 'input.expiresAt');
    await expectRefused(query, { when: 'tomorrow' }, 'input.expiresAt');
    const list = 'mutation ($b: String!) { pushMessage(input: { recipients: ["a", $b], message: "m" }) { index } }';
    await expectRefused(list, { b: 5 }, 'input.recipients[1]');
  });

  test('each of several is named', async () => {
    const query = 'query ($n: Int, $id: ID!) { message(id: $id) { id } messages(limit: $n) { nextToken } }';
    const { body } = await api.call(query, { n: 'x' });
    expect(body.errors?.map(({ extensions }) => extensions.field)).toEqual(['limit', 'id']);
  });

  test('is 400 in application/graphql-response+json', async () => {
    const accept = { headers: { accept: 'application/graphql-response+json' } };
    const { status, body } = await api.call('query ($n: Int) { messages(limit: $n) { nextToken } }', { n: 'x' }, accept);
    expect(status).toBe(400);
    expect(body).toEqual({ errors: [expect.objectContaining({ extensions: { code: 'BAD_USER_INPUT', field: 'limit' } })] });
  });
});

test.each([
  ['application/json', 200],
  ['application/graphql-response+json', 400],
])('more that is wrong than is listed is nothing but bad input: %s', async (accept, expected) => {
  const query = 'mutation ($i: MessageInput!) { pushMessage(input: $i) { index } }';
  const variables = { i: { message: 'm', recipients: Array.from({ length: 51 }, () => null) } };
  const { status, body } = await api.call(query, variables, { headers: { accept } });
  expect(status).toBe(expected);
  const fields = [...Array.from({ length: 50 }, (_, index) => `input.recipients[${index}]`), 'input'];
  expect(body.errors?.map(({ extensions }) => extensions)).toEqual(fields.map((field) => ({ code: 'BAD_USER_INPUT', field })));
  expect(body.data).toBeUndefined();
  expect(logger.lines).toEqual([]);
});

describe('null for a variable whose default let it stand where null must not', () => {
  test.each([
    ['query ($id: ID = "x") { message(id: $id) { id } }', 'id', 'id'],
    [
      'mutation ($to: String = "ann") { pushMessage(input: { recipients: [$to], message: "my secret text" }) { index } }',
      'to',
      'input.recipients[0]',
    ],
    [
      'mutation ($m: String = "hi") { pushMessage(input: { topic: $m, recipients: ["ann"], message: $m }) { index } }',
      'm',
      'input.message',
    ],
    ['query ($x: Boolean = true) { version @include(if: $x) }', 'x', 'if'],
    ['query ($x: Boolean = true) { ...f @skip(if: $x) } fragment f on Query { version }', 'x', 'if'],
    ['query ($x: Boolean = true) { messages { nextToken @include(if: $x) } }', 'x', 'if'],
    [
      'query ($x: Boolean = true) { messages { ...f } } fragment f on MessagesQueryResult { items { id } nextToken @skip(if: $x) }',
      'x',
      'if',
    ],
  ])('%s', (query, variable, field) => expectRefused(query, { [variable]: null }, field));

  test('leaves the fields beside it their answers', async () => {
    const { status, body } = await api.call('query ($id: ID = "x") { message(id: $id) { id } version }', { id: null });
    expect(status).toBe(200);
    expect(body).toEqual({
      data: { message: null, version: '1.2.3' },
      errors: [
        {
          message: 'a variable is null where there must be a value',
          path: ['message'],
          locations: [{ line: 1, column: 37 }],
          extensions: { code: 'BAD_USER_INPUT', field: 'id' },
        },
      ],
    });
    expect(logger.lines).toEqual([]);
  });
});

describe('one bad name among good ones', () => {
  const push = 'mutation ($input: MessageInput!) { pushMessage(input: $input) { index error { code } item { recipient } } }';
  test.each([...badLabels(256)])('%s is the error of its entry alone', async (_name, bad) => {
    const { body } = await api.call(push, { input: { recipients: ['ann', bad, 'bob', bad], message: 'hi' } });
    expect(body).toEqual({
      data: {
        pushMessage: [
          { index: 0, error: null, item: { recipient: 'ann' } },
          { index: 1, error: { code: 'BAD_USER_INPUT' }, item: null },
          { index: 2, error: null, item: { recipient: 'bob' } },
        ],
      },
    });
  });
});
