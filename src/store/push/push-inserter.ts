import { TidingsError } from '../../core/domain/errors.js';
import type { PushResult } from '../../core/ports/stores/push-store.js';
import { idempotencyLock } from '../database/advisory-locks.js';
import type { Database } from '../database/database.js';
import type { RunStatement } from '../database/run-statement.js';
import { PUSHES } from '../sharing/work.js';
import { admitWhole, entriesOf } from './admitted-push.js';
import { type IdempotencyKeys, type KeyedAnswer, type Replay, toStoredEntries } from './idempotency-keys.js';
import { insertInChunks, insertMessages, isChecked } from './insert-messages.js';
import type { PendingQuota } from './pending-quota.js';
import type { QueuedPush } from './queued-push.js';
import type { Written } from './write-batch.js';

/** Inserts this many rows by one statement inside a transaction. */
const CHUNK_ROWS = 1_000;
/**
 * Prepares statements up to this many rows.
 *
 * Above, planning costs more than a plan for these very rows would save.
 */
const PREPARED_ROWS = 200;

/** Inserts the messages of a batch of calls, with a plain statement or in a guarded transaction. */
export class PushInserter {
  constructor(
    private readonly database: Database,
    private readonly quota: PendingQuota,
    private readonly keys: IdempotencyKeys,
  ) {}

  /** Inserts calls that need nothing but rows: one statement, which is its own transaction. */
  async insertPlain(pushes: readonly QueuedPush[]): Promise<PushResult[]> {
    const rows = pushes.reduce((sum, push) => sum + push.rows, 0);
    const isPrepared = rows <= PREPARED_ROWS && !pushes.some(({ call }) => isChecked(call));
    const options = { work: PUSHES, write: true, ...(isPrepared && { prepareAs: 'insert' }) };
    const run: RunStatement = (text, values) => this.database.query(text, values, options);
    const admitted = pushes.map(({ call }) => admitWhole(call));
    const ids = await insertMessages(run, admitted);
    const entries = await Promise.all(admitted.map((push, i) => entriesOf(push, ids[i] ?? [], this.quota.limit)));
    return entries.map((answered) => ({ entries: answered, replayed: false }));
  }

  /**
   * Inserts calls with an idempotency key or near a quota.
   *
   * With `waitForKeys` it waits until a key in use is free.
   */
  insertGuarded(pushes: readonly QueuedPush[], waitForKeys: boolean): Promise<Written[]> {
    return this.database.transaction(({ query }) => this.#insertGuarded(query, pushes, waitForKeys), { work: PUSHES });
  }

  async #insertGuarded(run: RunStatement, pushes: readonly QueuedPush[], waitForKeys: boolean): Promise<Written[]> {
    const claimed = await this.#claimKeys(run, pushes, waitForKeys);
    const fresh = pushes.filter((push) => !claimed.has(push));
    const admitted = await this.quota.admit(
      run,
      fresh.map(({ call }) => call),
    );
    const ids = await insertInChunks(run, admitted, CHUNK_ROWS);
    const written = new Map<QueuedPush, Written>(claimed);
    const answers: KeyedAnswer[] = [];
    for (const [i, push] of admitted.entries()) {
      const entries = await entriesOf(push, ids[i] ?? [], this.quota.limit);
      written.set(fresh[i] as QueuedPush, { entries, replayed: false });
      const { tenantId, idempotency } = push.call;
      if (idempotency) answers.push({ tenantId, idempotency, answer: toStoredEntries(entries) });
    }
    await this.keys.save(run, answers);
    return pushes.map((push) => written.get(push) as Written);
  }

  /**
   * Returns the calls that must not be written: answered before, in conflict, or with a key that is in use.
   */
  async #claimKeys(run: RunStatement, pushes: readonly QueuedPush[], wait: boolean): Promise<Map<QueuedPush, Written>> {
    const notWritten = new Map<QueuedPush, Written>();
    const keyed = pushes.flatMap((push) =>
      push.call.idempotency ? [{ push, tenantId: push.tenantId, idempotency: push.call.idempotency }] : [],
    );
    if (keyed.length === 0) return notWritten;
    const locked = await this.keys.lock(run, keyed, wait);
    // A statement after the locks sees what their former holders committed.
    const found = await this.keys.lookUp(run, keyed);
    const claimed = new Set<string>();
    for (const [i, { push, tenantId, idempotency }] of keyed.entries()) {
      const lock = idempotencyLock(tenantId, idempotency.key);
      const earlier = found[i] ?? null;
      if (earlier !== null) notWritten.set(push, toWritten(earlier));
      else if (!locked.has(lock) || claimed.has(lock)) notWritten.set(push, 'key-in-use');
      else claimed.add(lock);
    }
    return notWritten;
  }
}

function toWritten(earlier: Replay | TidingsError): PushResult | TidingsError {
  if (earlier instanceof TidingsError) return earlier;
  if ('entries' in earlier) return { entries: earlier.entries, replayed: true };
  return new TidingsError('IDEMPOTENCY_CONFLICT', 'The idempotency key was used for a global message.');
}
