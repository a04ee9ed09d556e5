import { isJsonObject, type JsonObject } from '../../core/domain/live/json.js';
import type { LiveCommand, SubscribeManner } from '../../core/domain/live/live-command.js';
import { MalformedFrame, type RequestTag, UnknownCommand } from '../../core/domain/live/protocol-translator.js';
import { isCleanText } from '../../core/domain/text.js';
import { isNumber, requireText } from '../read-frame.js';

const MANNER: SubscribeManner = { exact: false, folded: false, onceEach: true };
/** Names the filter that is about the event's type; all others are about columns. */
const TYPE_FILTER = 'EventType';
/** Bounds the `id` that a client gives its request, which the answer repeats. */
const MAX_ID_CHARS = 128;

/** Lists topics in the newer of the service's two vocabularies. */
export const LIST_TOPIC_NAME = 'list-topicName';

type Read = (attributes: JsonObject, tag: RequestTag) => LiveCommand;

const list: Read = () => ({ kind: 'list-topics' });
const create: Read = (attributes, tag) => ({ kind: 'create-topic', name: requireText(attributes, 'name', tag) });
const destroy: Read = (attributes, tag) => ({ kind: 'destroy-topic', name: requireText(attributes, 'name', tag) });

/** @throws UnknownCommand because tokens say who may use a topic */
const permission: Read = (_, tag) => {
  throw new UnknownCommand('permissions are in the token: a topic has none of its own', tag);
};

const METHODS: Record<string, Read> = {
  'list-topic': list,
  [LIST_TOPIC_NAME]: list,
  'create-topic': create,
  'create-topicName': create,
  'destroy-topic': destroy,
  'destroy-topicName': destroy,
  subscribe(attributes, tag) {
    const { events, where } = readFilters(attributes.filters, tag);
    const topics = readTopics(attributes, tag);
    return {
      kind: 'subscribe',
      topics,
      events,
      where,
      alert: null,
      condition: null,
      fields: null,
      after: undefined,
      manner: MANNER,
    };
  },
  unsubscribe: (attributes, tag) => ({ kind: 'unsubscribe', topics: readTopics(attributes, tag), alert: null, folded: false }),
  'new-message'(attributes, tag) {
    const topic = readTopic(attributes, tag);
    if (!isJsonObject(attributes.message)) throw new MalformedFrame('message must be a JSON object', tag);
    return { kind: 'publish', topic, data: attributes.message };
  },
  'set-topic-permission': permission,
  'get-topic-permission': permission,
  ping: () => ({ kind: 'ping' }),
};

/** Returns what the answer to a request repeats. An empty `id` is none, as in that service. */
export function tagOf({ method, id }: JsonObject): RequestTag {
  const isText = typeof id === 'string' && id !== '' && id.length <= MAX_ID_CHARS && isCleanText(id);
  return { method: typeof method === 'string' ? method : '', ...(isText || isNumber(id) ? { id } : {}) };
}

/**
 * Reads the command in a request.
 * @throws MalformedFrame
 */
export function readCommand({ method, attributes, payload }: JsonObject, tag: RequestTag): LiveCommand {
  const read = typeof method === 'string' && Object.hasOwn(METHODS, method) ? METHODS[method] : undefined;
  if (!read) throw new UnknownCommand('no such method', tag);
  const given = attributes ?? payload ?? {};
  if (!isJsonObject(given)) throw new MalformedFrame('attributes must be a JSON object', tag);
  return read(given, tag);
}

/** Reads a topic, which both vocabularies have a word for. */
const readTopic = (attributes: JsonObject, tag: RequestTag): string =>
  requireText(attributes, attributes.topicName === undefined ? 'topic' : 'topicName', tag);

function readTopics(attributes: JsonObject, tag: RequestTag): string[] {
  const topics = readTopic(attributes, tag)
    .split(',')
    .map((topic) => topic.trim())
    .filter((topic) => topic !== '');
  if (topics.length === 0) throw new MalformedFrame('topic must name a topic', tag);
  return topics;
}

function readFilters(filters: unknown, tag: RequestTag): { events: string[] | null; where: JsonObject | null } {
  if (filters == null) return { events: null, where: null };
  if (!isJsonObject(filters)) throw new MalformedFrame('filters must be a JSON object', tag);
  const columns = Object.entries(filters).filter(([name]) => name !== TYPE_FILTER);
  const type = filters[TYPE_FILTER];
  if (type != null && typeof type !== 'string') throw new MalformedFrame(`${TYPE_FILTER} must be a text`, tag);
  return { events: type == null ? null : [type], where: columns.length === 0 ? null : Object.fromEntries(columns) };
}
