import type { SubscribeManner } from '../../core/domain/live/live-command.js';
import {
  type CommandRefusal,
  type EventView,
  type LiveRenderer,
  type LiveRequest,
  MalformedFrame,
  type ProtocolTranslator,
  UnknownCommand,
} from '../../core/domain/live/protocol-translator.js';
import { idOf, kindOf } from '../../core/domain/live/topic-pattern.js';
import { readObject, requireText } from '../read-frame.js';

const MANNER: SubscribeManner = { exact: true, folded: true, onceEach: false };

interface Entity {
  entity: string;
  id: string;
}

const entityOf = (topic: string): Entity => {
  const segments = topic.split(':');
  return { entity: (kindOf(segments) ?? '').toUpperCase(), id: idOf(segments) };
};

const renderer: LiveRenderer = {
  protocol: 'entity-events',
  parentsSeparately: true,
  render({ event, via }: EventView): string | null {
    if (!event.flows) return null;
    const own = entityOf(event.topic);
    const action = event.type.toUpperCase();
    const name = event.name === null ? {} : { name: event.name };
    const isUpdate = action === 'UPDATE';
    const attributes = event.changed !== null || isUpdate ? { attributes: event.changed ?? [] } : {};
    if (via === 'topic') return JSON.stringify({ ...own, ...name, action, ...attributes });
    return JSON.stringify({
      ...entityOf(event.parent as string),
      action: `${action}_${own.entity}`,
      child: { ...name, ...own },
      ...(isUpdate ? attributes : {}),
    });
  },
};

/** Subscribes to single entities by type and id; events name the changed attributes. */
export const ENTITY_EVENTS: ProtocolTranslator = {
  renderer,
  opening: () => [],

  read(text: string): LiveRequest[] | null {
    const frame = readObject(text);
    if (frame === null) return null;
    const { action } = frame;
    if (action !== 'subscribe' && action !== 'unsubscribe') throw new UnknownCommand('action must be subscribe or unsubscribe');
    const entity = requireText(frame, 'entity');
    const id = requireText(frame, 'id');
    if (/[:*]/.test(entity) || /[:*]/.test(id)) throw new MalformedFrame("entity and id must not have ':' or '*'");
    const topics = [`${entity}:${id}`];
    if (action === 'unsubscribe') return [{ tag: {}, command: { kind: 'unsubscribe', topics, alert: null, folded: true } }];
    return [
      {
        tag: {},
        command: {
          kind: 'subscribe',
          topics,
          alert: null,
          events: null,
          where: null,
          condition: null,
          fields: null,
          after: undefined,
          manner: MANNER,
        },
      },
    ];
  },

  succeeded: () => null,
  refused: (_, { code, message }: CommandRefusal) => JSON.stringify({ error: { code, message } }),
  gap: () => JSON.stringify({ error: { code: 'SERVICE_UNAVAILABLE', message: 'events may have been lost' } }),
};
