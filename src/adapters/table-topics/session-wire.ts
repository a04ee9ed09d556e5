import type { LiveCommand, LiveResult } from '../../core/domain/live/live-command.js';
import type { CommandRefusal, EventView, RequestTag } from '../../core/domain/live/protocol-translator.js';
import { DATABASE, PONG, tableOf, type Wire } from './wire.js';

/** Writes `data`, whose form differs between the service's versions. */
type WriteData = (data: object) => unknown;

/** Counts the sessions of this process: each has a number of its own. */
let sessions = 0;

const response = ({ id, method }: RequestTag, more: object) =>
  JSON.stringify({ type: 'response', ...(id === undefined ? {} : { id }), method, ...more });

/** Returns what the answer to a command says of it; null if there is no answer. */
function dataOf(command: LiveCommand, { topics }: LiveResult): object | null {
  switch (command.kind) {
    case 'list-topics':
      return { topics: topics ?? [] };
    case 'create-topic':
      return { topicName: command.name, created: true };
    case 'destroy-topic':
      return { topicName: command.name, destroyed: true };
    case 'subscribe':
    case 'unsubscribe':
      return { topic: command.topics.join(',') };
    default:
      return null;
  }
}

const sessionWire = (protocol: string, write: WriteData): Wire => ({
  renderer: {
    protocol,
    parentsSeparately: false,
    render: ({ event, data }: EventView) =>
      JSON.stringify({
        type: 'event',
        topic: tableOf(event.topic),
        event: event.type,
        source: event.sender ?? DATABASE,
        data: write(data),
      }),
  },
  succeeded(tag, command, result) {
    if (command.kind === 'ping') return PONG;
    if (command.kind === 'identify') {
      const data = write({ user: result.recipient, groups: [], sessionId: ++sessions });
      return JSON.stringify({ type: 'session', status: 'open', data });
    }
    const data = dataOf(command, result);
    return data === null ? null : response(tag, { ok: true, data: write(data) });
  },
  refused: (tag: RequestTag, { code, message }: CommandRefusal) => response(tag, { ok: false, error: message, code }),
  gap: (topics) =>
    response(
      { method: 'subscribe' },
      { ok: false, error: 'events may have been lost', code: 'SERVICE_UNAVAILABLE', data: write({ topics }) },
    ),
});

/**
 * The service's present form: a session frame first, requests with an `id`, an answer to each of them but
 * `new-message`.
 */
export const SESSION_WIRE = sessionWire('table-topics session', (data) => data);

/** The same with `data` as base64 of its JSON, as some versions of the service send it. */
export const BASE64_WIRE = sessionWire('table-topics base64', (data) => Buffer.from(JSON.stringify(data)).toString('base64'));
