import type WebSocket from 'ws';
import type { Attack } from '../attack.js';
import type { Kit } from '../kit.js';
import { publishBody } from './bodies.js';

const CUSTOMER = 'customer_id:5013a6a5-9dbc-4b1c-8f5e-0f3b9d4c2a11';

/** Says how a dialect is connected to, with a token that grants everything. */
interface Dialect {
  path(token: string): string;
  headers?: Readonly<Record<string, string>>;
}

const ENTITY_EVENTS: Dialect = {
  path: (token) => `/api/websocket/events?token=${token}`,
  headers: { origin: 'http://127.0.0.1' },
};
const TABLE_TOPICS: Dialect = { path: (token) => `/live?token=${token}` };
const TOPIC_PATHS: Dialect = { path: (token) => `/v1.0/ws?token=${token}` };
const OBJECTS: Dialect = { path: (token) => `/ws/rest/WebSocketObjectSubscription/file/*/*/${token}` };

function connect(kit: Kit, { path, headers = {} }: Dialect, count: number): WebSocket[] {
  const { granted } = kit.target.tokens;
  return kit.open({ count, path: (n) => path(granted[n % granted.length] as string), options: { headers } });
}

const talking = (name: string, dialect: Dialect, frame: (n: number) => object | string): Attack => ({
  name,
  by: 'user',
  run: (kit) =>
    kit.send(connect(kit, dialect, 20), (n, socket) => {
      const said = frame(n);
      socket.send(typeof said === 'string' ? said : JSON.stringify(said));
    }),
});

const holding = (name: string, dialect: Dialect): Attack => ({
  name,
  by: 'user',
  async run(kit) {
    connect(kit, dialect, 1_200);
    await kit.over;
  },
});

export const DIALECTS: readonly Attack[] = [
  talking('entity events: subscribe and unsubscribe', ENTITY_EVENTS, (n) => ({
    action: n % 2 ? 'unsubscribe' : 'subscribe',
    entity: 'FILE',
    id: String(n % 100),
  })),
  talking('entity events: no JSON', ENTITY_EVENTS, () => '}'),
  talking('table topics: list-topic', TABLE_TOPICS, () => ({ method: 'list-topic' })),
  talking('table topics: create-topic and destroy-topic', TABLE_TOPICS, (n) => ({
    method: n % 2 ? 'destroy-topic' : 'create-topic',
    attributes: { name: 'a:b' },
  })),
  talking('table topics: 100 topics with filters', TABLE_TOPICS, (n) => ({
    method: 'subscribe',
    attributes: {
      topic: Array.from({ length: 100 }, (_, i) => `t${n}_${i}`).join(','),
      filters: { EventType: 'update', a: 'b' },
    },
  })),
  talking('table topics: new-message', TABLE_TOPICS, () => ({
    method: 'new-message',
    attributes: { topic: 'a', message: 'x'.repeat(1_000) },
  })),
  talking('topic paths: subscribe and unsubscribe', TOPIC_PATHS, (n) => ({
    type: n % 2 ? 'unsubscribe' : 'subscribe',
    topics: Array.from({ length: 50 }, (_, i) => `${CUSTOMER}:call:${i}`),
  })),
  talking('topic paths: not its topics', TOPIC_PATHS, () => ({ type: 'subscribe', topics: ['x'] })),
  talking('object subscriptions: selections of fields', OBJECTS, (n) => ({ [`a${n % 1_000}`]: { b: { c: {} } } })),
  talking('object subscriptions: a selection of 4 KiB', OBJECTS, () =>
    Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`a${i}`, {}])),
  ),
  holding('entity events: 1,200 sockets', ENTITY_EVENTS),
  holding('object subscriptions: 1,200 sockets', OBJECTS),
  {
    name: 'every dialect follows, 20 sockets each, of events of 10 KB',
    by: 'user',
    async run(kit) {
      for (const dialect of [ENTITY_EVENTS, TABLE_TOPICS, TOPIC_PATHS, OBJECTS]) connect(kit, dialect, 20);
      await kit.flood({ callers: 4, body: publishBody(10, 'file:1', { a: 'x'.repeat(10_000) }) });
    },
  },
];
