import { isJsonObject, type JsonObject } from '../../core/domain/live/json.js';
import type { SubscribeManner } from '../../core/domain/live/live-command.js';
import {
  type CommandRefusal,
  type EventView,
  type LiveRenderer,
  type LiveRequest,
  MalformedFrame,
  type ProtocolTranslator,
  type RequestTag,
  UnknownCommand,
} from '../../core/domain/live/protocol-translator.js';
import { readObject, requireText } from '../read-frame.js';

const MANNER: SubscribeManner = { exact: false, folded: false, onceEach: true };
/** Names the filter that is about the event's type; all others are about columns. */
const TYPE_FILTER = 'EventType';

const frame = (source: string, type: string, objectType: string, data: unknown) =>
  JSON.stringify({ MessageSource: source, EventType: type, ObjectType: objectType, EventData: data });

const firstSegment = (topic: string): string => topic.split(':', 1)[0] as string;

const renderer: LiveRenderer = {
  protocol: 'table-topics',
  parentsSeparately: false,
  render: ({ event, data }: EventView) => frame(event.sender ?? 'database', event.type, firstSegment(event.topic), data),
};

type Read = (attributes: JsonObject, tag: RequestTag) => LiveRequest['command'][];

const METHODS: Record<string, Read> = {
  'list-topic': () => [{ kind: 'list-topics' }],
  'create-topic': (attributes, tag) => [{ kind: 'create-topic', name: requireText(attributes, 'name', tag) }],
  'destroy-topic': (attributes, tag) => [{ kind: 'destroy-topic', name: requireText(attributes, 'name', tag) }],
  subscribe(attributes, tag) {
    const { events, where } = readFilters(attributes.filters, tag);
    const topics = readTopics(attributes, tag);
    const rest = { alert: null, condition: null, fields: null, after: undefined, manner: MANNER } as const;
    return [{ kind: 'subscribe', topics, events, where, ...rest }];
  },
  unsubscribe: (attributes, tag) => [{ kind: 'unsubscribe', topics: readTopics(attributes, tag), alert: null, folded: false }],
  'new-message'(attributes, tag) {
    const topic = requireText(attributes, 'topic', tag);
    if (!isJsonObject(attributes.message)) throw new MalformedFrame('message must be a JSON object', tag);
    return [{ kind: 'publish', topic, data: attributes.message }];
  },
};

/** Subscribes to tables with filters on columns, and lets clients make topics and send messages on them. */
export const TABLE_TOPICS: ProtocolTranslator = {
  renderer,
  opening: () => [],

  read(text: string): LiveRequest[] | null {
    const frame = readObject(text);
    if (frame === null) return null;
    const { method, attributes, payload } = frame;
    if (typeof method !== 'string') throw new UnknownCommand('method must be a text', { method: '' });
    const tag: RequestTag = { method };
    const read = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined;
    if (!read) throw new UnknownCommand(`method must be one of ${Object.keys(METHODS).join(', ')}`, tag);
    const given = attributes ?? payload ?? {};
    if (!isJsonObject(given)) throw new MalformedFrame('attributes must be a JSON object', tag);
    return read(given, tag).map((command) => ({ command, tag }));
  },

  succeeded: (_, command, { topics }) =>
    command.kind === 'list-topics' ? frame('system', 'response', 'topic-list', { topics: topics ?? [] }) : null,
  refused: ({ method = '' }: RequestTag, { code, message }: CommandRefusal) =>
    frame('system', 'error', method, { code, error: message }),
  gap: (topics) =>
    frame('system', 'error', 'subscribe', { code: 'SERVICE_UNAVAILABLE', error: 'events may have been lost', topics }),
};

function readTopics(attributes: JsonObject, tag: RequestTag): string[] {
  const topics = requireText(attributes, 'topic', tag)
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
