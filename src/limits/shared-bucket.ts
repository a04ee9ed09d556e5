import { BUCKET_SECONDS } from '../core/domain/tenant-limits.js';

/** Trusts the level of an answer for this long, in milliseconds: what others take meanwhile is little. */
const FRESH_MS = 50;
/** Lends at most the worth of so many seconds, divided by the nodes, on a level that is older. */
const STALE_SECONDS = 0.5;
/** Leaves as much in the bucket as all nodes together may take before they tell. */
const LENT = 0.5;

/** Tells Redis what this node took, and what it supposes where Redis knows nothing. */
interface Debit {
  taken: number;
  /** Level before `taken`, at most. */
  supposed: number;
}

/** A part of the bucket that is this node's while Redis is away. */
interface Share {
  tokens: number;
  at: number;
  /** Level of the whole bucket when the share was made, had nobody taken anything before it was told. */
  readonly base: number;
  readonly since: number;
  readonly nodes: number;
}

/**
 * Holds what one node knows of a bucket that all nodes take from. It fills by `rate` a second up to the worth
 * of BUCKET_SECONDS, and may be in debt. Times are the node's own, in milliseconds. See
 * docs/design/limits.md.
 */
export class SharedBucket {
  /** Level by the latest answer; of a bucket that nobody has asked about, a full one. */
  #level: number;
  #at: number;
  /** Taken here and on its way to Redis. */
  #sent = 0;
  /** Taken here since. */
  #fresh = 0;
  #share: Share | null = null;
  #answered = Number.NEGATIVE_INFINITY;

  constructor(
    private perSecond: number,
    now: number,
  ) {
    this.#level = this.capacity;
    this.#at = now;
  }

  get rate(): number {
    return this.perSecond;
  }

  get capacity(): number {
    return this.perSecond * BUCKET_SECONDS;
  }

  /** True while the node uses a share of its own, and from then on until Redis has answered again. */
  get isShare(): boolean {
    return this.#share !== null;
  }

  /** True if something was taken that Redis has not been told. */
  get owes(): boolean {
    return this.#fresh !== 0;
  }

  /** Changes the rate. What was there stays, up to what a bucket of this rate holds. */
  change(rate: number, now: number): void {
    if (rate === this.perSecond) return;
    this.#level = this.#filled(now);
    this.#at = now;
    const share = this.#share;
    this.perSecond = rate;
    this.#level = Math.min(this.capacity, this.#level);
    if (share !== null) this.#share = { ...share, tokens: Math.min(share.tokens, this.capacity / share.nodes) };
  }

  /**
   * Answers whether this may be taken before Redis is asked: no more than the node's part of half of what was
   * there a moment ago, so that all nodes together hardly take more than there is.
   */
  lends(cost: number, now: number, nodes: number): boolean {
    let free = this.#filled(now) * LENT;
    if (now - this.#answered > FRESH_MS) free = Math.min(free, STALE_SECONDS * this.perSecond);
    return this.#sent + this.#fresh + cost <= free / nodes;
  }

  /**
   * Returns the milliseconds until there can be enough, by all that this node knows; 0 if there may be enough
   * now. Others can only have made it later.
   */
  surelyEmptyFor(cost: number, now: number): number {
    const lacking = this.#needed(cost, this.capacity) - (this.#filled(now) - this.#sent - this.#fresh);
    return lacking <= 0 ? 0 : (1000 * lacking) / this.perSecond;
  }

  take(cost: number): void {
    this.#fresh += cost;
    if (this.#share !== null) this.#share.tokens -= cost;
  }

  /** Says what there is to tell Redis. Followed by `answered` or `failed`, before the next call. */
  tell(now: number): Debit {
    const share = this.#share;
    if (share === null) {
      this.#sent = this.#fresh;
      this.#fresh = 0;
      return { taken: this.#sent, supposed: this.#filled(now) };
    }
    // What the others took since they tell themselves.
    this.#fillShare(share, now);
    const untouched = this.#untouched(share, now);
    this.#fresh = 0;
    return { taken: Math.max(0, untouched - share.tokens), supposed: untouched * share.nodes };
  }

  answered(level: number, now: number): void {
    this.#level = level;
    this.#at = now;
    this.#answered = now;
    this.#sent = 0;
    this.#share = null;
  }

  failed(): void {
    // A share has what was taken since in its tokens.
    this.#fresh = this.#share === null ? this.#fresh + this.#sent : 0;
    this.#sent = 0;
  }

  // ---- While Redis is away ----

  /**
   * Takes from this node's share, which fills by its part of the rate. What costs more than a full share is
   * taken from a full one, and the next waits for the debt.
   * @returns 0 if it was taken, else the milliseconds until it can be
   */
  shareLacksFor(cost: number, now: number, nodes: number): number {
    this.#share ??= this.#makeShare(now, nodes);
    const share = this.#share;
    this.#fillShare(share, now);
    const lacking = this.#needed(cost, this.capacity / share.nodes) - share.tokens;
    return lacking <= 0 ? 0 : (1000 * lacking * share.nodes) / this.perSecond;
  }

  /** Returns what may still be taken here at once; negative in debt. */
  remaining(now: number): number {
    if (this.#share === null) return this.#filled(now) - this.#sent - this.#fresh;
    this.#fillShare(this.#share, now);
    return this.#share.tokens;
  }

  #makeShare(now: number, nodes: number): Share {
    const base = this.#filled(now);
    const tokens = base / nodes - this.#sent - this.#fresh;
    this.#sent = 0;
    this.#fresh = 0;
    return { tokens, at: now, base, since: now, nodes };
  }

  #fillShare(share: Share, now: number): void {
    const gained = (this.perSecond * (now - share.at)) / 1000 / share.nodes;
    share.tokens = Math.min(this.capacity / share.nodes, share.tokens + gained);
    share.at = now;
  }

  /** Returns what the share would hold had nothing been taken from it. */
  #untouched(share: Share, now: number): number {
    const level = share.base + (this.perSecond * (now - share.since)) / 1000;
    return Math.min(this.capacity, level) / share.nodes;
  }

  #filled(now: number): number {
    return Math.min(this.capacity, this.#level + (this.perSecond * (now - this.#at)) / 1000);
  }

  // What costs more than there can be is taken from a full bucket.
  #needed(cost: number, capacity: number): number {
    return Math.min(cost, capacity);
  }
}
