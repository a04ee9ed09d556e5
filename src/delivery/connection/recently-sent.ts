import { GenerationalSet } from '../../lib/generational-set.js';
import { NumberRanges } from '../outbound/number-ranges.js';

/**
 * Remembers what one connection has confirmed, and the broadcasts that it was sent, so that nothing is sent
 * twice. Made with the first of them, since most connections are idle. See docs/design/receipts.md.
 */
export class RecentlySent {
  #messages: GenerationalSet | null = null;
  #broadcasts: NumberRanges | null = null;
  #rotatedAt: number;

  /** @param now by the node's clock */
  constructor(now: number) {
    this.#rotatedAt = now;
  }

  /** Whether any message is remembered by its id. */
  get hasMessages(): boolean {
    return this.#messages !== null;
  }

  has(id: string): boolean {
    return this.#messages?.has(id) === true;
  }

  /** @param number of a broadcast of the tenant */
  hasBroadcast(number: number): boolean {
    return this.#broadcasts?.has(number) === true;
  }

  add(id: string): void {
    this.#messages ??= new GenerationalSet();
    this.#messages.add(id);
  }

  /** @param until number of the first broadcast after them */
  addBroadcasts(from: number, until: number): void {
    if (this.#broadcasts === null) this.#broadcasts = new NumberRanges(from, until);
    else this.#broadcasts.add(from, until);
  }

  /** Forgets the older generation, unless the last time was less than `rememberMs` ago. */
  rotate(now: number, rememberMs: number, mayForget: () => boolean): void {
    if (now - this.#rotatedAt < rememberMs || !mayForget()) return;
    this.#rotatedAt = now;
    this.#messages?.rotate();
    this.#broadcasts?.rotate();
  }
}
