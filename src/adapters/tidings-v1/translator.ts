import { type Selection, selectionOfPaths } from '../../core/domain/live/field-selection.js';
import { isJsonObject, type JsonObject } from '../../core/domain/live/json.js';
import { type LiveCommand, type LiveResult, PLAIN_MANNER } from '../../core/domain/live/live-command.js';
import {
  type CommandRefusal,
  type EventView,
  type LiveRenderer,
  type LiveRequest,
  MalformedFrame,
  type ProtocolTranslator,
  type RequestTag,
} from '../../core/domain/live/protocol-translator.js';
import { isCleanText } from '../../core/domain/text.js';
import { DEFAULT_LIVE_LIMITS } from '../../live/index.js';
import { isNumber, readObject } from '../read-frame.js';

const renderer: LiveRenderer = {
  protocol: 'tidings.v1',
  parentsSeparately: false,
  render: ({ event, via, data }: EventView) => {
    const told =
      via === 'parent' ? { topic: event.parent, child: { topic: event.topic, name: event.name } } : { topic: event.topic };
    return JSON.stringify({
      type: 'event',
      id: event.id,
      ...told,
      event: event.type,
      name: event.name,
      data,
      changed: event.changed,
      createdAt: new Date(event.createdAt).toISOString(),
    });
  },
};

/** Bounds the `id` that a client gives its command, which its answer repeats. */
const MAX_ID_CHARS = 128;

type Read = (frame: JsonObject, fail: (message: string) => never) => LiveCommand;

const READERS: Record<string, Read> = {
  subscribe: readSubscribe,
  unsubscribe: readUnsubscribe,
  'list-topics': () => ({ kind: 'list-topics' }),
  'create-topic': (frame, fail) => ({ kind: 'create-topic', name: readText(frame, 'name', fail) }),
  'destroy-topic': (frame, fail) => ({ kind: 'destroy-topic', name: readText(frame, 'name', fail) }),
  publish: (frame, fail) => {
    const topic = readText(frame, 'topic', fail);
    if (!isJsonObject(frame.data)) return fail('data must be a JSON object');
    return { kind: 'publish', topic, data: frame.data };
  },
};

export const LIVE_FRAME_TYPES: readonly string[] = Object.keys(READERS);

/** Speaks the service's own protocol. One object serves all connections, since it keeps nothing. */
export const TIDINGS_V1: ProtocolTranslator = {
  renderer,
  opening: () => [],

  read(text: string): LiveRequest[] {
    const frame = readObject(text);
    if (frame === null) throw new MalformedFrame('a frame must be a JSON object');
    return [readRequest(frame)];
  },

  succeeded({ id }: RequestTag, _: LiveCommand, { recovered, topics }: LiveResult): string {
    return JSON.stringify({ type: 'ok', id, ...(recovered === undefined ? {} : { recovered }), ...(topics ? { topics } : {}) });
  },

  refused({ id }: RequestTag, { code, message }: CommandRefusal): string {
    return JSON.stringify({ type: 'error', ...(id === undefined ? {} : { id }), code, message });
  },

  gap(topics: readonly string[]): string {
    return JSON.stringify({ type: 'gap', topics });
  },
};

/**
 * Reads a frame that was parsed and is not too deep.
 * @throws MalformedFrame
 */
export function readRequest(frame: JsonObject): LiveRequest {
  const { id, type } = frame;
  const isText = typeof id === 'string' && id.length > 0 && id.length <= MAX_ID_CHARS && isCleanText(id);
  if (!isText && !isNumber(id)) throw new MalformedFrame(`id must be a text of 1 to ${MAX_ID_CHARS} characters, or a number`);
  const tag: RequestTag = { id };
  const fail = (message: string): never => {
    throw new MalformedFrame(message, tag);
  };
  const read = typeof type === 'string' && Object.hasOwn(READERS, type) ? READERS[type] : undefined;
  if (!read) return fail('type must be one of the commands');
  return { tag, command: read(frame, fail) };
}

function readSubscribe(frame: JsonObject, fail: (message: string) => never): LiveCommand {
  const { where, condition, events, fields, after } = frame;
  if (where != null && !isJsonObject(where)) fail('where must be a JSON object');
  if (condition != null && typeof condition !== 'string') fail('condition must be a text');
  if (after != null && typeof after !== 'string') fail('after must be the id of an event');
  return {
    kind: 'subscribe',
    ...readTarget(frame, fail),
    events: events == null ? null : readTexts(events, 'events', fail),
    where: isJsonObject(where) ? where : null,
    condition: typeof condition === 'string' ? condition : null,
    fields: fields == null ? null : readFields(fields, fail),
    after: typeof after === 'string' ? after : undefined,
    manner: PLAIN_MANNER,
  };
}

function readUnsubscribe(frame: JsonObject, fail: (message: string) => never): LiveCommand {
  return { kind: 'unsubscribe', ...readTarget(frame, fail), folded: false };
}

function readTarget({ topics, alert }: JsonObject, fail: (message: string) => never): { topics: string[]; alert: string | null } {
  if ((topics == null) === (alert == null)) fail('either topics or alert must be given');
  if (alert != null)
    return {
      topics: [],
      alert: typeof alert === 'string' && alert !== '' ? alert : fail('alert must be the code of an alert rule'),
    };
  return { topics: readTexts(topics, 'topics', fail), alert: null };
}

function readFields(value: unknown, fail: (message: string) => never): Selection {
  const limits = DEFAULT_LIVE_LIMITS;
  const paths = Array.isArray(value) && value.length === 0 ? [] : readTexts(value, 'fields', fail);
  if (paths.length > limits.fields) fail(`fields may name ${limits.fields} paths`);
  if (paths.some((path) => path.length > limits.fieldChars)) fail(`a path in fields may have ${limits.fieldChars} characters`);
  return selectionOfPaths(paths);
}

function readTexts(value: unknown, name: string, fail: (message: string) => never): string[] {
  if (!Array.isArray(value) || value.length === 0) return fail(`${name} must be a list of texts that is not empty`);
  return value.map((item) =>
    typeof item === 'string' && item !== '' && isCleanText(item) ? item : fail(`${name} must be a list of texts`),
  );
}

function readText(frame: JsonObject, name: string, fail: (message: string) => never): string {
  const value = frame[name];
  return typeof value === 'string' && isCleanText(value) ? value : fail(`${name} must be a text`);
}
