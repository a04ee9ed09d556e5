import { LRUCache } from 'lru-cache';
import type { PushCall } from '../../core/ports/stores/push-store.js';
import { type Clock, monotonicClock } from '../../lib/time/clock.js';

/**
 * Allows a node the room of a mailbox divided by this.
 *
 * Nodes that count exactly do not know of it: a node that was given an allowance while there was much room,
 * and uses it within 15 s after others have filled the mailbox, goes beyond the quota by as much.
 */
const NODES = 16;
/** Gives no allowance with less room than this: every push then counts exactly, under a lock. */
const EXACT_BELOW = 1_000;
/** Forgets an allowance after this long, in milliseconds. */
const ALLOWANCE_MS = 15_000;
/** Keeps the allowances of this many mailboxes. */
const REMEMBERED = 100_000;

interface Allowance {
  left: number;
  until: number;
}

/** Names a recipient of a tenant, whose pending messages the quota bounds. */
export interface Mailbox {
  tenantId: string;
  recipient: string;
}

export const mailboxKey = ({ tenantId, recipient }: Mailbox): string => tenantId + recipient;

/** Keeps how many messages this node may push to a mailbox without a count. */
export class PushAllowances {
  // Counted by size: room for `max` entries would be taken at once, for 20 ms.
  readonly #byMailbox = new LRUCache<string, Allowance>({ maxSize: REMEMBERED, sizeCalculation: () => 1 });

  constructor(
    private readonly limit: number,
    private readonly clock: Clock = monotonicClock,
  ) {}

  /**
   * Uses one allowance of each recipient and returns true; uses none and returns
   * false where one is not known.
   */
  spend({ tenantId, recipients }: PushCall): boolean {
    const now = this.clock.now();
    const allowances: Allowance[] = [];
    for (const { recipient } of recipients) {
      const allowance = this.#byMailbox.get(tenantId + recipient);
      if (!allowance || allowance.left < 1 || allowance.until < now) return false;
      allowances.push(allowance);
    }
    for (const allowance of allowances) allowance.left--;
    return true;
  }

  /** Uses an allowance of each recipient that has one. Returns the others. */
  spendEach(tenantId: string, recipients: PushCall['recipients']): Mailbox[] {
    const scarce: Mailbox[] = [];
    for (const { recipient } of recipients) {
      const allowance = this.#byMailbox.get(tenantId + recipient);
      if (allowance && allowance.left > 0) allowance.left--;
      else scarce.push({ tenantId, recipient });
    }
    return scarce;
  }

  /** Returns the mailboxes whose allowance is used up, too old or unknown, and forgets what they had. */
  takeUnknown(tenantId: string, recipients: PushCall['recipients']): Mailbox[] {
    if (this.limit <= EXACT_BELOW) return [];
    const now = this.clock.now();
    const unknown: Mailbox[] = [];
    for (const { recipient } of recipients) {
      const key = tenantId + recipient;
      const allowance = this.#byMailbox.get(key);
      if (allowance && allowance.left >= 1 && allowance.until >= now) continue;
      unknown.push({ tenantId, recipient });
      if (allowance) this.#byMailbox.delete(key);
    }
    return unknown;
  }

  /**
   * Grants each mailbox with much room a share of it.
   *
   * An allowance that was granted meanwhile stays: its count knew nothing of the others' pushes either,
   * so it is for all of them.
   *
   * @param counts pending messages of the mailboxes, in order
   */
  grant(mailboxes: readonly Mailbox[], counts: readonly number[]): void {
    const until = this.clock.now() + ALLOWANCE_MS;
    for (const [i, mailbox] of mailboxes.entries()) {
      const room = this.limit - (counts[i] ?? 0);
      const key = mailboxKey(mailbox);
      if (room > EXACT_BELOW && !this.#byMailbox.has(key)) this.#byMailbox.set(key, { left: Math.floor(room / NODES), until });
    }
  }
}
