import { afterEach, expect, it } from '@jest/globals';
import { ENTITY_EVENTS } from '../../src/adapters/entity-events/translator.js';
import { ObjectSubscription } from '../../src/adapters/object-subscriptions/translator.js';
import { TableTopics } from '../../src/adapters/table-topics/translator.js';
import { TIDINGS_V1 } from '../../src/adapters/tidings-v1/translator.js';
import { TOPIC_PATHS } from '../../src/adapters/topic-paths/translator.js';
import type { ProtocolTranslator } from '../../src/core/domain/live/protocol-translator.js';
import { createTestNode, type TestNode } from '../live/node.js';

const AGENT = 'agent_id:5013bc52-da9a-11ee-844f-2fa34248de28';
const code = 'SERVICE_UNAVAILABLE';
const text = 'events may have been lost';

let node: TestNode;
afterEach(() => node.close());

// Each protocol tells of events that may have been lost to the clients that could have got them.
it.each<[string, ProtocolTranslator, object | null, string, object]>([
  ['tidings.v1', TIDINGS_V1, { type: 'subscribe', id: 1, topics: ['file:1'] }, 'file:1', { type: 'gap', topics: ['file:1'] }],
  [
    'entity events',
    ENTITY_EVENTS,
    { action: 'subscribe', entity: 'FILE', id: '1' },
    'file:1',
    { error: { code, message: text } },
  ],
  [
    'table topics',
    new TableTopics(),
    { method: 'subscribe', attributes: { topic: 'mail' } },
    'mail:1',
    {
      MessageSource: 'system',
      EventType: 'error',
      ObjectType: 'subscribe',
      EventData: { code, error: text, topics: ['mail'] },
    },
  ],
  [
    'topic paths',
    TOPIC_PATHS,
    { type: 'subscribe', topics: [AGENT] },
    `${AGENT}:call:1`,
    { type: 'error', code, message: text, topics: [AGENT] },
  ],
  [
    'object subscriptions',
    new ObjectSubscription({ topic: 'file:1', eventType: '*' }),
    null,
    'file:1',
    { error: { code, message: text } },
  ],
])('a gap is told in the manner of %s, and the connection stays', async (_, translator, command, topic, told) => {
  node = createTestNode();
  node.directory.rules.push({ entity: 'file', types: ['update'] });
  const client = node.connect({}, translator);
  if (command) client.send(command);
  await client.session.settled();
  if (translator === TIDINGS_V1) await client.next();
  const after = node.stream.after.bind(node.stream);
  const publish = node.bus.publish.bind(node.bus);
  node.bus.publish = async () => {};
  await node.publish({ topic });
  node.bus.publish = publish;
  node.stream.after = async (...args) => ({ ...(await after(...args)), recovered: false, events: [], more: false });
  await node.publish({ topic });
  expect(await client.next()).toEqual(told);
  await node.publish({ topic });
  expect(await client.next()).not.toEqual(told);
  expect(client.sink.closed).toBeNull();
});
