import { connect } from 'node:net';
import { GraphqlCaller } from '../../../lib/graphql-caller.js';
import type { Attack } from '../attack.js';
import { STRANGER } from '../kit.js';
import { namesOf, publishBody, pushTo } from './bodies.js';

const ask = (query: string, variables: object = {}) => JSON.stringify({ query, variables });
const times = (count: number, field: (n: number) => string) => Array.from({ length: count }, (_, n) => field(n)).join(' ');

/** Posts the same again and again. */
const asking = (name: string, callers: number, body: string | ((n: number) => string), prepare?: Attack['prepare']): Attack => ({
  name,
  by: 'key',
  ...(prepare && { prepare }),
  run: (kit) => kit.flood({ callers, body }),
});

const LONG = 'x'.repeat(8_000);
const CREATE_TOPIC = 'mutation($input:CreateTopicInput!){createTopic(input:$input){name}}';
const DESTROY_TOPIC = 'mutation($input:DestroyTopicInput!){destroyTopic(input:$input){name}}';
const ALERT_RULE = 'mutation($input:CreateAlertRuleInput!){createAlertRule(input:$input){code}}';
const CANCEL = 'mutation($input:CancelMessagesInput!){cancelMessages(input:$input){cancelled complete}}';
const ERASE = 'mutation($input:EraseRecipientInput!){eraseRecipient(input:$input){erased}}';
const GLOBAL = 'mutation($input:GlobalMessageInput!){pushGlobalMessage(input:$input){id}}';
const REGISTER = 'mutation($input:RegisterRecipientInput!){registerRecipient(input:$input){token}}';
const TYPES = '{ fields { name type { name kind ofType { name kind ofType { name } } } } }';

const MANY_NAMES = ask(CANCEL, { input: Object.fromEntries(Array.from({ length: 500_000 }, (_, n) => [`name-${n}`, 1])) });

/** Fills the tenant with long texts, for queries that read them. */
const longTexts: Attack['prepare'] = async (kit) => {
  for (let i = 0; i < 10 * kit.target.scale; i++) await kit.ask(pushTo(namesOf('long', 100), LONG));
};

/** Reads an answer of megabytes a little at a time. */
const slowAnswers: Attack = {
  name: 'answers of 8 MiB that nobody reads, 64 connections',
  by: 'key',
  prepare: longTexts,
  async run(kit) {
    const body = ask('{ messages(limit: 1000) { items { message } } }');
    const head = `POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nx-api-key: ${kit.target.key}\r\nContent-Length: ${body.length}\r\n\r\n`;
    await kit.tcp(kit.target.apiPort, 64, (socket) => {
      socket.pause();
      socket.write(head + body);
    });
  },
};

/** Announces bodies of 16 MiB and sends a byte now and then. */
const slowBodies: Attack = {
  name: 'bodies of 16 MiB, dripped, 300 connections',
  by: 'key',
  async run(kit) {
    const head = `POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nx-api-key: ${kit.target.key}\r\nContent-Length: ${2 ** 24}\r\n\r\n`;
    await kit.tcp(kit.target.apiPort, 300, (socket) => {
      socket.write(head);
      const timer = setInterval(() => socket.write(' '), 50);
      socket.once('close', () => clearInterval(timer));
    });
  },
};

/** Recalls everything while it is there, and fills it again before the next run. */
const recall: Attack = {
  name: 'recall of 120,000 messages',
  by: 'key',
  async prepare(kit) {
    const calls = Math.max(1, Math.round(12 * kit.target.scale));
    for (let i = 0; i < calls; i++)
      await kit.ask(pushTo(namesOf('recalled', 10_000), 'x'.repeat(100)).replace('"input":{', '"input":{"topic":"recalled",'));
  },
  run: (kit) => kit.flood({ callers: 4, body: ask(CANCEL, { input: { topic: 'recalled' } }) }),
};

/** Leaves before it is answered. */
const leaving: Attack = {
  name: 'pushes of 10,000 whose callers leave',
  by: 'key',
  async run(kit) {
    const body = pushTo(namesOf('left', 10_000), 'x');
    while (!kit.isOver) {
      const caller = new GraphqlCaller(kit.target.apiPort, kit.target.key);
      caller.post(body).catch(() => {});
      kit.count('left');
      await new Promise((resolve) => setTimeout(resolve, 30));
      caller.close();
    }
  },
};

const connectOnly: Attack = {
  name: 'connections to the API that end at once',
  by: 'key',
  async run(kit) {
    const one = () => {
      if (kit.isOver) return;
      const socket = connect({ port: kit.target.apiPort, host: '127.0.0.1', localAddress: STRANGER });
      socket.on('connect', () => {
        kit.count('connected');
        socket.resetAndDestroy();
      });
      socket.on('error', () => {});
      socket.on('close', () => setImmediate(one));
    };
    for (let n = 0; n < 64; n++) one();
    await kit.over;
  },
};

export const KEYS: readonly Attack[] = [
  asking('4 queries of 330 aliases', 4, ask(`{ ${times(330, (n) => `a${n}: messages(limit: 1) { items { id } }`)} }`)),
  asking(
    'a query of 9 KB with 700 aliases of a text',
    4,
    ask(`{ messages(limit: 1000) { items { ${times(700, (n) => `m${n}: message`)} } } }`),
    longTexts,
  ),
  asking('introspection with 100 aliases', 4, ask(`{ ${times(100, (n) => `t${n}: __type(name: "Message") ${TYPES}`)} }`)),
  asking(
    'introspection, 300 aliases of a fragment',
    4,
    ask(`{ ${times(300, (n) => `s${n}: __schema { ...S }`)} } fragment S on __Schema { types { name fields { name } } }`),
  ),
  asking(
    'introspection of types within types',
    4,
    ask(
      '{ __schema { types { ...F } } } fragment F on __Type { fields { type { ...G ofType { ...G ofType { ...G } } } } } fragment G on __Type { fields { name args { name } type { name ofType { fields { name } } } } }',
    ),
  ),
  asking('introspection of everything', 16, ask(`{ __schema { types ${TYPES.replace('{ fields', '{ name fields')} } }`)),
  asking('documents 64 levels deep, a new one each', 16, (n) => ask(`{ a${n}: ${'x{'.repeat(62)} y ${'}'.repeat(62)} }`)),
  asking('documents of 1,500 names that overlap', 4, (n) =>
    ask(`{ ${times(700, () => `messages(limit: ${(n % 900) + 1}) { nextToken }`)} }`),
  ),
  asking('variables of 8 MiB that no document asks for', 4, ask('{ version }', { x: 'x'.repeat(2 ** 23) })),
  asking('a body of 4,000,000 numbers', 2, `{"query":"{ version }","variables":{"x":[${'1,'.repeat(4_000_000)}1]}}`),
  asking('a body of 1,000,000 large numbers', 2, `{"query":"{ version }","variables":{"x":[${'1e5,'.repeat(1_000_000)}1]}}`),
  asking('an input of 500,000 names', 2, () => MANY_NAMES),
  asking('a list of 1,000,000 ids', 2, ask(CANCEL, { input: { ids: Array.from({ length: 1_000_000 }, () => 'x') } })),
  asking('pushes, one recipient, 100 callers', 100, (n) =>
    ask('mutation($input:MessageInput!){pushMessage(input:$input){index}}', {
      input: { recipients: [`r-${n % 1_000}`], message: 'x' },
    }),
  ),
  asking('pushes, 100 recipients, 8 callers', 8, pushTo(namesOf('hundred', 100), 'x'.repeat(200))),
  asking('pushes, 500 recipients, 4 callers', 4, pushTo(namesOf('five-hundred', 500), 'x'.repeat(200))),
  asking('pushes, 10,000 recipients, 4 callers', 4, pushTo(namesOf('many', 10_000), 'x'.repeat(200))),
  asking('pushes, 256 recipients of 64 KiB, 4 callers', 4, pushTo(namesOf('big', 256), 'x'.repeat(65_000))),
  asking('pushes to one recipient beyond its 10,000', 16, pushTo(['full'], 'x')),
  asking(
    'pushes with one idempotency key, 64 callers',
    64,
    ask('mutation($input:MessageInput!){pushMessage(input:$input){index}}', {
      input: { recipients: namesOf('again', 100), message: 'x', idempotencyKey: 'one' },
    }),
  ),
  asking('global messages, 16 callers', 16, ask(GLOBAL, { input: { message: 'x'.repeat(1_000) } })),
  asking('createTopic and destroyTopic, 100 callers', 100, (n) =>
    ask(n % 2 ? DESTROY_TOPIC : CREATE_TOPIC, { input: { name: `t:${n % 50}` } }),
  ),
  asking('createAlertRule with heavy conditions', 16, (n) =>
    ask(ALERT_RULE, { input: { code: `c${n % 500}`, topic: 'x', condition: `topic.matches("${n}${'.{1000}'.repeat(110)}")` } }),
  ),
  asking('publishEvents, 1,000 events a call', 4, publishBody(1_000, 'a:b', { a: 1 })),
  asking('publishEvents, 200 events of 60 KiB', 2, publishBody(200, 'a:b', { a: 'x'.repeat(60_000) })),
  asking(
    'tokens of 4 KiB, 64 callers',
    64,
    ask(REGISTER, { input: { recipient: 'r', subscribe: namesOf('p', 30), publish: namesOf('p', 30) } }),
  ),
  asking('erasures, 16 callers', 16, (n) => ask(ERASE, { input: { recipient: `r-${n % 1_000}` } })),
  asking(
    'pages of 1,000 messages of 8 KB, 16 callers',
    16,
    ask('{ messages(limit: 1000) { items { id message status } nextToken } }'),
    longTexts,
  ),
  asking(
    'pages by a topic that nothing has, 16 callers',
    16,
    ask('{ messages(filter: { topic: "none", status: PENDING }) { items { id } nextToken } }'),
    longTexts,
  ),
  slowAnswers,
  slowBodies,
  recall,
  leaving,
  connectOnly,
];
