import { CountedRecipients } from './counted-recipients.js';

/**
 * Keeps this part of a second's handshakes, and at least so many, for tenants that have had little of their
 * share.
 */
const RESERVED_PART = 0.25;
const RESERVED_AT_LEAST = 2;
/** Fills a tenant's share a little slower than it may be used, so that the reserve fills, too. */
const SHARE_FILL = 0.9;
/** Counts a tenant as one that shares for one to two times this long, in milliseconds. */
const ACTIVE_MS = 1_000;
/** Lets one recipient have this part of a second's handshakes where there are not enough for all. */
const RECIPIENT_PART = 0.05;

interface Share {
  left: number;
  at: number;
}

/**
 * Shares the handshakes of a second among tenants. A tenant alone may have them all. Where several ask for
 * more than there are, each gets as many, and none of them those that another does not ask for in vain: what
 * one leaves, the others have. Within a tenant, a recipient that connects again and again has few of them.
 */
export class HandshakeShares {
  readonly #reserve: number;
  readonly #most: number;
  readonly #recipients: CountedRecipients;
  #left: number;
  #at: number;
  readonly #shares = new Map<string, Share>();
  #active = new Set<string>();
  #formerlyActive = new Set<string>();
  #tenants = 0;
  #rotatedAt: number;

  /** @param now milliseconds of a clock that only grows */
  constructor(
    private readonly perSecond: number,
    now: number,
  ) {
    this.#reserve = Math.max(RESERVED_AT_LEAST, Math.ceil(perSecond * RESERVED_PART));
    this.#most = perSecond + this.#reserve;
    this.#left = this.#most;
    this.#at = now;
    this.#rotatedAt = now;
    this.#recipients = new CountedRecipients(Math.max(1, Math.ceil(perSecond * RECIPIENT_PART)));
  }

  /** Takes one handshake. Returns false, and takes none, if there is none left for this tenant. */
  take(tenantId: string, recipient: string, now: number): boolean {
    this.#rotate(now);
    const share = this.#shareOf(tenantId, now);
    this.#left = Math.min(this.#most, this.#left + ((now - this.#at) / 1000) * this.perSecond);
    this.#at = now;
    const isScarce = this.#left < this.#most / 2;
    if (isScarce && this.#recipients.isOver(tenantId, recipient, now)) return false;
    if (this.#left < 1 + this.#leftForOthers(share)) return false;
    if (isScarce) this.#recipients.add(tenantId, recipient);
    this.#left -= 1;
    share.left = Math.max(0, share.left - 1);
    return true;
  }

  /** Tells how much of the reserve a tenant has to leave: the more, the more it had of its share. */
  #leftForOthers({ left }: Share): number {
    if (this.#tenants === 1 || left < 1) return this.#reserve;
    return this.#reserve * (1 - left / this.#mostOfShare);
  }

  get #mostOfShare(): number {
    return Math.max(1, this.perSecond / this.#tenants);
  }

  #shareOf(tenantId: string, now: number): Share {
    if (!this.#active.has(tenantId)) {
      this.#active.add(tenantId);
      if (!this.#formerlyActive.has(tenantId)) this.#tenants++;
    }
    const perSecond = this.perSecond / this.#tenants;
    const most = this.#mostOfShare;
    let share = this.#shares.get(tenantId);
    if (share === undefined) {
      share = { left: most, at: now };
      this.#shares.set(tenantId, share);
    }
    share.left = Math.min(most, share.left + ((now - share.at) / 1000) * perSecond * SHARE_FILL);
    share.at = now;
    return share;
  }

  /** Forgets who has not asked for a while. Its share is full again by then. */
  #rotate(now: number): void {
    if (now - this.#rotatedAt < ACTIVE_MS) return;
    const isLong = now - this.#rotatedAt >= 2 * ACTIVE_MS;
    this.#formerlyActive = isLong ? new Set() : this.#active;
    this.#active = new Set();
    this.#tenants = this.#formerlyActive.size;
    this.#rotatedAt = now;
    for (const tenantId of this.#shares.keys()) if (!this.#formerlyActive.has(tenantId)) this.#shares.delete(tenantId);
  }
}
