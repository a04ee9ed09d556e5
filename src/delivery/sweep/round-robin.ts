import type { HeldRecipient, HeldRecipients } from '../../core/ports/stores/delivery-store.js';

/**
 * Goes round all recipients that are held, a part at a time. A round meets everybody who is there throughout.
 */
export class RoundRobin {
  #walk: Iterator<HeldRecipient> | null = null;
  #left = 0;

  constructor(private readonly held: () => HeldRecipients) {}

  /** @param share of a round, up to 1 */
  next(share: number): HeldRecipient[] {
    const part: HeldRecipient[] = [];
    if (this.#walk === null) this.#begin();
    for (let count = Math.ceil(share * this.held().count); count > 0; count--) {
      const { done, value } = (this.#walk as Iterator<HeldRecipient>).next();
      if (done) break;
      part.push(value);
      this.#left--;
      if (this.#left <= 0) break;
    }
    // Recipients who come meanwhile are met last; a round that waited for them might never end.
    if (part.length === 0 || this.#left <= 0) this.#walk = null;
    return part;
  }

  #begin(): void {
    const held = this.held();
    this.#walk = held[Symbol.iterator]();
    this.#left = held.count;
  }
}
