import { type Selection, select, selectionKey } from '../../core/domain/live/field-selection.js';
import type { LiveEvent } from '../../core/domain/live/live-event.js';
import type { LiveRenderer } from '../../core/domain/live/protocol-translator.js';
import type { CelCondition, StepBudget } from './cel-condition.js';

/** A frame as it goes to the socket. */
export type Frame = Buffer;
export type EncodeFrame = (text: string) => Frame;

/** Tells whether a subscription matched an event's topic, or its parent alone. */
export type Via = 'topic' | 'parent';

/** Bounds what all conditions of a tenant take of one event, in steps: some 10 ms on a slow core. */
export const EVENT_STEPS = 30_000;

/** Carries one event to many connections: makes each frame of it once, evaluates each condition once. */
export class EventDispatch {
  readonly #frames = new Map<string, Frame | null>();
  readonly #conditions = new Map<string, boolean | null>();
  readonly #budget: StepBudget = { left: EVENT_STEPS };
  #chars = -1;

  constructor(
    readonly event: LiveEvent,
    private readonly encode: EncodeFrame,
  ) {}

  /** Characters of the event's data as JSON. */
  get chars(): number {
    if (this.#chars === -1) this.#chars = JSON.stringify(this.event.data).length;
    return this.#chars;
  }

  /** Counts the steps that conditions have taken. */
  get steps(): number {
    return EVENT_STEPS - this.#budget.left;
  }

  /** Returns null if the event's steps were used up before this condition could be judged. */
  holds(condition: CelCondition | null): boolean | null {
    if (condition === null) return true;
    let answer = this.#conditions.get(condition.text);
    if (answer === undefined) {
      answer = condition.holds(this.event, this.#budget);
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
