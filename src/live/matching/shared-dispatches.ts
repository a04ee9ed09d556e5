import type { LiveEvent } from '../../core/domain/live/live-event.js';
import { type EncodeFrame, EventDispatch, type Frame } from './event-dispatch.js';

/** Forgets all frames once they come to this many bytes. */
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Lets connections that catch up at the same time share what is made of an event: its frames are encoded
 * once, and its conditions judged once. It goes with the event.
 */
export class SharedDispatches {
  #known = new WeakMap<LiveEvent, EventDispatch>();
  #bytes = 0;

  constructor(private readonly encode: EncodeFrame) {}

  of(event: LiveEvent): EventDispatch {
    let dispatch = this.#known.get(event);
    if (dispatch === undefined) {
      dispatch = new EventDispatch(event, (text) => this.#encodeCounted(text));
      this.#known.set(event, dispatch);
    }
    return dispatch;
  }

  #encodeCounted(text: string): Frame {
    const frame = this.encode(text);
    this.#bytes += frame.length;
    if (this.#bytes > MAX_BYTES) {
      this.#known = new WeakMap();
      this.#bytes = 0;
    }
    return frame;
  }
}
