import { type Selection, select, selectionKey } from '../../core/domain/live/field-selection.js';
import type { LiveEvent } from '../../core/domain/live/live-event.js';
import type { LiveRenderer } from '../../core/domain/live/protocol-translator.js';
import type { CelCondition } from './cel-condition.js';

/** A frame as it goes to the socket. */
export type Frame = Buffer;
export type EncodeFrame = (text: string) => Frame;

/** Tells whether a subscription matched an event's topic, or its parent alone. */
export type Via = 'topic' | 'parent';

/** Carries one event to many connections: makes each frame of it once, evaluates each condition once. */
export class EventDispatch {
  readonly #frames = new Map<string, Frame | null>();
  readonly #conditions = new Map<string, boolean>();

  constructor(
    readonly event: LiveEvent,
    private readonly encode: EncodeFrame,
  ) {}

  holds(condition: CelCondition | null): boolean {
    if (condition === null) return true;
    let answer = this.#conditions.get(condition.text);
    if (answer === undefined) {
      answer = condition.holds(this.event);
      this.#conditions.set(condition.text, answer);
    }
    return answer;
  }

  /** Returns null if the protocol does not tell of the event. */
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
