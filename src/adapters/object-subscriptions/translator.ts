import { selectionOfShape } from '../../core/domain/live/field-selection.js';
import { type LiveCommand, PLAIN_MANNER, type SubscribeManner } from '../../core/domain/live/live-command.js';
import type {
  CommandRefusal,
  EventView,
  LiveRenderer,
  LiveRequest,
  ProtocolTranslator,
} from '../../core/domain/live/protocol-translator.js';
import { idOf } from '../../core/domain/live/topic-pattern.js';
import { readObject } from '../read-frame.js';
import { readEventType } from './event-type.js';

const MANNER: SubscribeManner = { exact: false, folded: true, onceEach: false };
/** Names fields that come of each object, whatever is selected. */
const ALWAYS = ['key', 'self'];

const renderer: LiveRenderer = {
  protocol: 'object-subscriptions',
  parentsSeparately: false,
  // A frame does not say which object it is about: one about a child would be taken for its parent's.
  render({ event, via, data }: EventView): string | null {
    if (via === 'parent') return null;
    return JSON.stringify(Object.hasOwn(data, 'key') ? data : { key: idOf(event.topic.split(':')), ...data });
  },
};

/** Holds what the URL of the connection asks for. */
export type Target = { topic: string; eventType: string } | { alert: string };

/** @throws MalformedFrame */
function subscribe(target: Target): LiveCommand {
  const rest = { kind: 'subscribe', where: null, condition: null, fields: null, after: undefined } as const;
  // The pattern of a rule is the tenant's own, so its case counts.
  if ('alert' in target) return { ...rest, topics: [], alert: target.alert, events: null, manner: PLAIN_MANNER };
  const type = readEventType(target.eventType);
  return { ...rest, topics: [target.topic], alert: null, events: type === null ? null : [type], manner: MANNER };
}

/** Subscribes to what the URL names. A JSON object selects fields by its shape, at any time. */
export class ObjectSubscription implements ProtocolTranslator {
  readonly renderer = renderer;

  constructor(private readonly target: Target) {}

  opening(): LiveRequest[] {
    return [{ tag: {}, command: subscribe(this.target) }];
  }

  read(text: string): LiveRequest[] | null {
    const shape = readObject(text);
    if (shape === null) return null;
    const fields = Object.keys(shape).length === 0 ? null : selectionOfShape(shape, ALWAYS);
    return [{ tag: {}, command: { kind: 'select', fields } }];
  }

  succeeded(): null {
    return null;
  }

  refused(_: unknown, { code, message }: CommandRefusal): string {
    return JSON.stringify({ error: { code, message } });
  }

  gap(): string {
    return JSON.stringify({ error: { code: 'SERVICE_UNAVAILABLE', message: 'events may have been lost' } });
  }
}
