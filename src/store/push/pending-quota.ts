import { LRUCache } from 'lru-cache';
import type { PushCall } from '../../core/ports/stores/push-store.js';
import { inTurns } from '../../lib/cooperative-loop.js';
import { MicroBatcher } from '../../lib/micro-batcher.js';
import { type Clock, monotonicClock } from '../../lib/time/clock.js';
import { inLockOrder, quotaLock } from '../database/advisory-locks.js';
import { plainArray, textArray } from '../database/array-literals.js';
import type { Database } from '../database/database.js';
import type { RunStatement } from '../database/run-statement.js';
import type { MessageStatusRules } from '../message-status.js';
import { type AdmittedPush, admitWhole } from './admitted-push.js';

/**
 * What a node is allowed is the room by this. Others that count exactly do not know of it: a node that was given an allowance while there was much
 * room, and uses it when others have filled the mailbox, within 15 seconds, goes beyond the quota by as much.
 */
const NODES = 16;
/** With fewer left, every push counts exactly, under a lock. */
const EXACT_BELOW = 1_000;
const ALLOWANCE_MS = 15_000;
const REMEMBERED = 100_000;
const RECIPIENTS_PER_PART = 1_000;

interface Allowance {
  left: number;
  until: number;
}

interface Mailbox {
  tenantId: string;
  recipient: string;
}

const nameOf = ({ tenantId, recipient }: Mailbox): string => tenantId + recipient;

/**
 * MAX_PENDING_PER_RECIPIENT without counting at every push: a count that leaves much room allows this node a share of it for a while.
 * Near the limit every push counts under a lock, so that it is exact there, but for allowances of other nodes.
 */
export class PendingQuota {
  readonly #allowances = new LRUCache<string, Allowance>({ max: REMEMBERED });
  readonly #counts: MicroBatcher<Mailbox, number>;
  readonly #countSql: string;

  constructor(
    database: Database,
    rules: MessageStatusRules,
    readonly limit: number,
    private readonly clock: Clock = monotonicClock,
  ) {
    this.#countSql = `
      SELECT (
        SELECT count(*)::int FROM (
          SELECT FROM messages m WHERE m.tenant_id = r.tenant_id AND m.recipient = r.recipient AND ${rules.pending} LIMIT ${limit}
        ) AS counted
      ) AS pending
      FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS r(tenant_id, recipient, n) ORDER BY r.n`;
    const run: RunStatement = (text, values) => database.query(text, values);
    this.#counts = new MicroBatcher((mailboxes) => this.#countOnce(run, mailboxes), { maxItems: 500, maxInFlight: 2 });
  }

  /** Uses an allowance of each recipient, or, where one is not known, of none. */
  spend({ tenantId, recipients }: PushCall): boolean {
    const now = this.clock.now();
    const allowances: Allowance[] = [];
    for (const { recipient } of recipients) {
      const allowance = this.#allowances.get(tenantId + recipient);
      if (!allowance || allowance.left < 1 || allowance.until < now) return false;
      allowances.push(allowance);
    }
    for (const allowance of allowances) allowance.left--;
    return true;
  }

  /** Whether this call, whose allowances are not known to suffice, is within its quotas without an exact count; then it has used them. */
  async allows(call: PushCall): Promise<boolean> {
    const unknown = this.#unknown(call.tenantId, call.recipients);
    if (unknown.length > 0) {
      const counts = await Promise.all(unknown.map((mailbox) => this.#counts.add(mailbox)));
      this.#allow(unknown, counts);
    }
    return this.spend(call);
  }

  /** Inside a transaction: splits each call, in order, by what its recipients' quotas allow; exactly, where little is left. */
  async admit(run: RunStatement, calls: readonly PushCall[]): Promise<AdmittedPush[]> {
    const unknown = new Map<string, Mailbox>();
    for (const { tenantId, recipients } of calls) {
      await inTurns(recipients, RECIPIENTS_PER_PART, (part) => {
        for (const mailbox of this.#unknown(tenantId, part)) unknown.set(nameOf(mailbox), mailbox);
      });
    }
    if (unknown.size > 0) {
      const mailboxes = [...unknown.values()];
      this.#allow(mailboxes, await this.#count(run, mailboxes));
    }
    const scarce = new Map<string, Mailbox>();
    for (const { tenantId, recipients } of calls) {
      await inTurns(recipients, RECIPIENTS_PER_PART, (part) => {
        for (const mailbox of this.#spendEach(tenantId, part)) scarce.set(nameOf(mailbox), mailbox);
      });
    }
    if (scarce.size === 0) return calls.map(admitWhole);
    const room = await this.#lockAndCount(run, [...scarce.values()]);
    return calls.map((call) => {
      const recipients: AdmittedPush['recipients'][number][] = [];
      const overQuota: AdmittedPush['recipients'][number][] = [];
      for (const entry of call.recipients) {
        const name = nameOf({ tenantId: call.tenantId, recipient: entry.recipient });
        const left = room.get(name);
        if (left !== undefined) room.set(name, left - 1);
        (left === undefined || left > 0 ? recipients : overQuota).push(entry);
      }
      return { call, recipients, overQuota };
    });
  }

  // The count is a statement of its own after the locks: its snapshot has what those before us committed.
  async #lockAndCount(run: RunStatement, mailboxes: readonly Mailbox[]): Promise<Map<string, number>> {
    const locks = inLockOrder(mailboxes.map(({ tenantId, recipient }) => quotaLock(tenantId, recipient)));
    await run('SELECT count(pg_advisory_xact_lock(k)) FROM unnest($1::bigint[]) AS l(k)', [plainArray(locks)]);
    const counts = await this.#count(run, mailboxes);
    return new Map(mailboxes.map((mailbox, i) => [nameOf(mailbox), this.limit - (counts[i] ?? 0)]));
  }

  async #count(run: RunStatement, mailboxes: readonly Mailbox[]): Promise<number[]> {
    const rows = await run<{ pending: number }>(this.#countSql, [
      plainArray(mailboxes.map(({ tenantId }) => tenantId)),
      textArray(mailboxes.map(({ recipient }) => recipient)),
    ]);
    return rows.map(({ pending }) => pending);
  }

  /** Many calls to one recipient may ask for it at once. */
  async #countOnce(run: RunStatement, mailboxes: readonly Mailbox[]): Promise<number[]> {
    const different = new Map(mailboxes.map((mailbox) => [nameOf(mailbox), mailbox]));
    const counts = await this.#count(run, [...different.values()]);
    const byName = new Map([...different.keys()].map((name, i) => [name, counts[i] ?? 0]));
    return mailboxes.map((mailbox) => byName.get(nameOf(mailbox)) ?? 0);
  }

  // One that others were given meanwhile, from a count that knew nothing of their pushes either, is for all of them.
  #allow(mailboxes: readonly Mailbox[], counts: readonly number[]): void {
    const until = this.clock.now() + ALLOWANCE_MS;
    for (const [i, mailbox] of mailboxes.entries()) {
      const room = this.limit - (counts[i] ?? 0);
      const name = nameOf(mailbox);
      if (room > EXACT_BELOW && !this.#allowances.has(name))
        this.#allowances.set(name, { left: Math.floor(room / NODES), until });
    }
  }

  /** Mailboxes whose allowance is used up or unknown. */
  #unknown(tenantId: string, recipients: PushCall['recipients']): Mailbox[] {
    if (this.limit <= EXACT_BELOW) return [];
    const now = this.clock.now();
    const unknown: Mailbox[] = [];
    for (const { recipient } of recipients) {
      const name = tenantId + recipient;
      const allowance = this.#allowances.get(name);
      if (allowance && allowance.left >= 1 && allowance.until >= now) continue;
      unknown.push({ tenantId, recipient });
      if (allowance) this.#allowances.delete(name);
    }
    return unknown;
  }

  /** Uses an allowance of each recipient that has one; answers the others. */
  #spendEach(tenantId: string, recipients: PushCall['recipients']): Mailbox[] {
    const scarce: Mailbox[] = [];
    for (const { recipient } of recipients) {
      const allowance = this.#allowances.get(tenantId + recipient);
      if (allowance && allowance.left > 0) allowance.left--;
      else scarce.push({ tenantId, recipient });
    }
    return scarce;
  }
}
