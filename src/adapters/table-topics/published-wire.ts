import type { CommandRefusal, EventView, RequestTag } from '../../core/domain/live/protocol-translator.js';
import { LIST_TOPIC_NAME } from './requests.js';
import { DATABASE, PONG, tableOf, type Wire } from './wire.js';

const frame = (source: string, type: string, objectType: string, data: unknown) =>
  JSON.stringify({ MessageSource: source, EventType: type, ObjectType: objectType, EventData: data });

/** The form that the service's document shows: success is silent, but for the list. */
export const PUBLISHED_WIRE: Wire = {
  renderer: {
    protocol: 'table-topics',
    parentsSeparately: false,
    render: ({ event, data }: EventView) => frame(event.sender ?? DATABASE, event.type, tableOf(event.topic), data),
  },
  succeeded({ method }: RequestTag, command, { topics = [] }) {
    if (command.kind === 'ping') return PONG;
    if (command.kind !== 'list-topics') return null;
    return frame('system', 'response', method === LIST_TOPIC_NAME ? 'topicName-list' : 'topic-list', { topics });
  },
  refused: ({ method = '' }: RequestTag, { code, message }: CommandRefusal) =>
    frame('system', 'error', method, { code, error: message }),
  gap: (topics) =>
    frame('system', 'error', 'subscribe', { code: 'SERVICE_UNAVAILABLE', error: 'events may have been lost', topics }),
};
