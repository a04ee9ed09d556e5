import { PLAIN_MANNER } from '../../core/domain/live/live-command.js';
import type { LiveEvent } from '../../core/domain/live/live-event.js';
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
import { kindOf } from '../../core/domain/live/topic-pattern.js';
import { readObject } from '../read-frame.js';

/** Matches the beginning of a topic: a customer or an agent by its UUID. */
const PREFIX = /^(customer_id|agent_id):[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(:|$)/i;

/** Clients of a service that matches by the beginning of the text end their topics so. */
const withoutLastColon = (topic: string): string => (topic.endsWith(':') ? topic.slice(0, -1) : topic);

/** Begins the type of an event whose name is sent as it is. */
const EXACT = '=';

const PAST: Record<string, string> = { create: 'created', update: 'updated', delete: 'deleted' };

const renderer: LiveRenderer = {
  protocol: 'topic-paths',
  parentsSeparately: false,
  render: ({ event, data }: EventView): string => JSON.stringify({ type: nameOf(event), data }),
};

function nameOf({ topic, type }: LiveEvent): string {
  if (type.startsWith(EXACT) && type.length > EXACT.length) return type.slice(EXACT.length);
  const segments = topic.split(':');
  return `${kindOf(segments) ?? segments[0]}_${Object.hasOwn(PAST, type) ? PAST[type] : type}`;
}

/** Subscribes to paths below a customer or an agent. */
export const TOPIC_PATHS: ProtocolTranslator = {
  renderer,
  opening: () => [],

  read(text: string): LiveRequest[] | null {
    const frame = readObject(text);
    if (frame === null) return null;
    const { type, topics } = frame;
    const texts = Array.isArray(topics) ? topics.filter((topic) => typeof topic === 'string') : [];
    const tag: RequestTag = { topics: texts };
    if (type !== 'subscribe' && type !== 'unsubscribe') throw new UnknownCommand('type must be subscribe or unsubscribe', tag);
    if (!Array.isArray(topics) || topics.length === 0 || texts.length < topics.length) {
      throw new MalformedFrame('topics must be a list of texts that is not empty', tag);
    }
    if (!texts.every((topic) => PREFIX.test(topic))) {
      throw new MalformedFrame('a topic must begin with customer_id:<uuid> or agent_id:<uuid>', tag);
    }
    const patterns = texts.map(withoutLastColon);
    if (type === 'unsubscribe') return [{ tag, command: { kind: 'unsubscribe', topics: patterns, alert: null, folded: false } }];
    const rest = { alert: null, events: null, where: null, condition: null, fields: null, after: undefined } as const;
    return [{ tag, command: { kind: 'subscribe', topics: patterns, ...rest, manner: PLAIN_MANNER } }];
  },

  succeeded: () => null,
  refused: ({ topics = [] }: RequestTag, { code, message }: CommandRefusal) =>
    JSON.stringify({ type: 'error', code, message, topics }),
  gap: (topics) => JSON.stringify({ type: 'error', code: 'SERVICE_UNAVAILABLE', message: 'events may have been lost', topics }),
};
