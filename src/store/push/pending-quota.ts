import type { PushCall } from '../../core/ports/stores/push-store.js';
import { inTurns } from '../../lib/cooperative-loop.js';
import { MicroBatcher } from '../../lib/micro-batcher.js';
import { inLockOrder, quotaLock } from '../database/advisory-locks.js';
import { plainArray, textArray } from '../database/array-literals.js';
import type { Database } from '../database/database.js';
import type { RunStatement } from '../database/run-statement.js';
import type { MessageStatusRules } from '../message-status.js';
import { PUSHES, pushOf, type Work } from '../sharing/work.js';
import { type AdmittedPush, admitWhole } from './admitted-push.js';
import { type Mailbox, mailboxKey, PushAllowances } from './push-allowances.js';

/** Counts for so many recipients of one call share a statement with those of others; more have their own. */
const SHARED_COUNTS = 50;
/** Looks up this many recipients in one turn of the event loop. */
const RECIPIENTS_PER_PART = 1_000;

/**
 * Keeps MAX_PENDING_PER_RECIPIENT without a count at every push. See docs/design/push-path.md.
 *
 * A count that leaves much room allows this node a share of it for a while. Near the limit every push counts
 * under a lock, so the quota is exact there, but for allowances of other nodes.
 */
export class PendingQuota {
  readonly #allowances: PushAllowances;
  readonly #counts: MicroBatcher<Mailbox, number>;
  readonly #countSql: string;

  constructor(
    private readonly database: Database,
    rules: MessageStatusRules,
    readonly limit: number,
  ) {
    this.#allowances = new PushAllowances(limit);
    this.#countSql = `
      SELECT (
        SELECT count(*)::int FROM (
          SELECT FROM messages m WHERE m.tenant_id = r.tenant_id AND m.recipient = r.recipient AND ${rules.pending} LIMIT ${limit}
        ) AS counted
      ) AS pending
      FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS r(tenant_id, recipient, n) ORDER BY r.n`;
    this.#counts = new MicroBatcher((mailboxes) => this.#countDistinct(this.#running(PUSHES), mailboxes), {
      maxItems: 500,
      maxInFlight: 2,
    });
  }

  /**
   * Uses one allowance of each recipient and returns true; uses none and returns
   * false where one is not known.
   */
  spend(call: PushCall): boolean {
    return this.#allowances.spend(call);
  }

  /** Counts where no allowance is known, then spends. False means that the call needs an exact count. */
  async allows(call: PushCall): Promise<boolean> {
    const unknown = this.#allowances.takeUnknown(call.tenantId, call.recipients);
    if (unknown.length > SHARED_COUNTS) {
      this.#allowances.grant(unknown, await this.#count(this.#running(pushOf(call.tenantId)), unknown));
    } else if (unknown.length > 0) {
      const counts = await Promise.all(unknown.map((mailbox) => this.#counts.add(mailbox)));
      this.#allowances.grant(unknown, counts);
    }
    return this.spend(call);
  }

  #running(work: Work): RunStatement {
    return (text, values) => this.database.query(text, values, { work });
  }

  /**
   * Divides each call, in order, by its recipients' quotas; exactly, where little is left.
   *
   * Runs inside a transaction.
   */
  async admit(run: RunStatement, calls: readonly PushCall[]): Promise<AdmittedPush[]> {
    const unknown = await collect(calls, (tenantId, part) => this.#allowances.takeUnknown(tenantId, part));
    if (unknown.size > 0) {
      const mailboxes = [...unknown.values()];
      this.#allowances.grant(mailboxes, await this.#count(run, mailboxes));
    }
    const scarce = await collect(calls, (tenantId, part) => this.#allowances.spendEach(tenantId, part));
    if (scarce.size === 0) return calls.map(admitWhole);
    const room = await this.#lockAndCount(run, [...scarce.values()]);
    return calls.map((call) => divide(call, room));
  }

  // The count is a statement of its own after the locks: its snapshot has what those before us committed.
  async #lockAndCount(run: RunStatement, mailboxes: readonly Mailbox[]): Promise<Map<string, number>> {
    const locks = inLockOrder(mailboxes.map(({ tenantId, recipient }) => quotaLock(tenantId, recipient)));
    await run('SELECT count(pg_advisory_xact_lock(k)) FROM unnest($1::bigint[]) AS l(k)', [plainArray(locks)]);
    const counts = await this.#count(run, mailboxes);
    return new Map(mailboxes.map((mailbox, i) => [mailboxKey(mailbox), this.limit - (counts[i] ?? 0)]));
  }

  async #count(run: RunStatement, mailboxes: readonly Mailbox[]): Promise<number[]> {
    const rows = await run<{ pending: number }>(this.#countSql, [
      plainArray(mailboxes.map(({ tenantId }) => tenantId)),
      textArray(mailboxes.map(({ recipient }) => recipient)),
    ]);
    return rows.map(({ pending }) => pending);
  }

  /** Counts each mailbox once: many calls to one recipient may ask for it together. */
  async #countDistinct(run: RunStatement, mailboxes: readonly Mailbox[]): Promise<number[]> {
    const distinct = new Map(mailboxes.map((mailbox) => [mailboxKey(mailbox), mailbox]));
    const counts = await this.#count(run, [...distinct.values()]);
    const byKey = new Map([...distinct.keys()].map((key, i) => [key, counts[i] ?? 0]));
    return mailboxes.map((mailbox) => byKey.get(mailboxKey(mailbox)) ?? 0);
  }
}

/**
 * Collects the distinct mailboxes that `pick` returns of the calls' recipients, in
 * short turns of the event loop.
 */
async function collect(
  calls: readonly PushCall[],
  pick: (tenantId: string, part: PushCall['recipients']) => Mailbox[],
): Promise<Map<string, Mailbox>> {
  const picked = new Map<string, Mailbox>();
  for (const { tenantId, recipients } of calls) {
    await inTurns(recipients, RECIPIENTS_PER_PART, (part) => {
      for (const mailbox of pick(tenantId, part)) picked.set(mailboxKey(mailbox), mailbox);
    });
  }
  return picked;
}

/**
 * Divides a call by the room of its recipients' mailboxes, and uses that room.
 *
 * @param room messages that each scarce mailbox may still get
 */
function divide(call: PushCall, room: Map<string, number>): AdmittedPush {
  const recipients: AdmittedPush['recipients'][number][] = [];
  const overQuota: AdmittedPush['recipients'][number][] = [];
  for (const entry of call.recipients) {
    const key = mailboxKey({ tenantId: call.tenantId, recipient: entry.recipient });
    const left = room.get(key);
    if (left !== undefined) room.set(key, left - 1);
    (left === undefined || left > 0 ? recipients : overQuota).push(entry);
  }
  return { call, recipients, overQuota };
}
