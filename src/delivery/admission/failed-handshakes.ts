import { LRUCache } from 'lru-cache';
import { callerOf } from '../../core/validation/caller-address.js';
import { TokenBucket } from '../../lib/token-bucket.js';

/** Answers this many refused handshakes of one address in a second as what they are, in the long run. */
const PER_SECOND = 50;
/** Answers this many at once: an office whose tokens have all expired over night. */
const BURST = 500;
/** Remembers the failures of at most this many addresses. */
const MAX_ADDRESSES = 10_000;

/**
 * Counts the refused handshakes that come from each address. Beyond a rate they are told that the node is
 * busy, which costs less; a handshake that is in order is served all the same.
 */
export class FailedHandshakes {
  readonly #buckets = new LRUCache<string, TokenBucket>({ max: MAX_ADDRESSES });

  /** @param now returns milliseconds of a clock that only grows */
  constructor(private readonly now: () => number) {}

  /** Counts one. Returns false if there are too many from its address. */
  tolerate(address: string): boolean {
    const caller = callerOf(address);
    const now = this.now();
    let bucket = this.#buckets.get(caller);
    if (bucket === undefined) {
      bucket = new TokenBucket(PER_SECOND, BURST, now);
      this.#buckets.set(caller, bucket);
    }
    return bucket.take(now);
  }
}
