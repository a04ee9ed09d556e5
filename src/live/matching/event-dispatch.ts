import { type Selection, select, selectionKey, unite } from '../../core/domain/live/field-selection.js';
import type { LiveEvent } from '../../core/domain/live/live-event.js';
import type { LiveRenderer } from '../../core/domain/live/protocol-translator.js';
import type { Subscription, Via } from './subscription.js';

/** A frame as it goes to the socket. */
export type Frame = Buffer;
export type EncodeFrame = (text: string) => Frame;

/** What the connection wants of an event that matched these subscriptions of its own; null for everything. */
export function unitedFields(subscriptions: readonly Subscription[]): Selection | null {
  let united: Selection | null = null;
  for (const [i, { options, session }] of subscriptions.entries()) {
    const fields = session.selected ?? options.fields;
    if (fields === null) return null;
    united = i === 0 || united === null || united === fields ? fields : unite(united, fields);
  }
  return united;
}

/** One event on its way to many connections: each frame of it is made once, each condition evaluated once. */
export class EventDispatch {
  readonly #frames = new Map<string, Frame | null>();
  readonly #conditions = new Map<string, boolean>();

  constructor(
    readonly event: LiveEvent,
    private readonly encode: EncodeFrame,
  ) {}

  holds({ options: { condition } }: Subscription): boolean {
    if (condition === null) return true;
    let answer = this.#conditions.get(condition.text);
    if (answer === undefined) {
      answer = condition.holds(this.event);
      this.#conditions.set(condition.text, answer);
    }
    return answer;
  }

  /** Null if the protocol does not tell of it. */
  frame(renderer: LiveRenderer, via: Via, fields: Selection | null): Frame | null {
    const key = `${renderer.protocol} ${via} ${fields === null ? '' : selectionKey(fields)}`;
    let frame = this.#frames.get(key);
    if (frame === undefined) {
      const data = fields === null ? this.event.data : select(this.event.data, fields);
      const text = renderer.render({ event: this.event, via, data });
      frame = text === null ? null : this.encode(text);
      this.#frames.set(key, frame);
    }
    return frame;
  }
}
