import { LRUCache } from 'lru-cache';
import { callerOf } from '../../core/validation/caller-address.js';

/** Answers this many bad keys of one address in a minute as what they are. */
const BAD_KEYS_PER_MINUTE = 20;
const MINUTE_MS = 60_000;
/** Remembers the failures of at most this many addresses. */
const MAX_ADDRESSES = 10_000;

/** Counts the bad keys that come from each address. */
export class BadKeys {
  /** Holds the times of an address's latest failures, at most as many as it has in a minute. */
  readonly #failures = new LRUCache<string, number[]>({ max: MAX_ADDRESSES });

  /** @param now returns milliseconds of a clock that only grows */
  constructor(private readonly now: () => number) {}

  /**
   * Counts a bad key, unless there have been too many from its address.
   * @returns the seconds after which the next one is counted again; null if this one was counted
   */
  count(address: string): number | null {
    const caller = callerOf(address);
    const now = this.now();
    const recent = (this.#failures.get(caller) ?? []).filter((at) => now - at < MINUTE_MS);
    const [oldest] = recent;
    if (oldest !== undefined && recent.length >= BAD_KEYS_PER_MINUTE) return Math.ceil((oldest + MINUTE_MS - now) / 1000);
    this.#failures.set(caller, [...recent, now]);
    return null;
  }
}
