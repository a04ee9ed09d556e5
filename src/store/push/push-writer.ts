import { TidingsError } from '../../core/domain/errors.js';
import type { Metrics } from '../../core/ports/metrics.js';
import type { PushCall, PushResult } from '../../core/ports/stores/push-store.js';
import { withTimeout } from '../../lib/time/with-timeout.js';
import { idempotencyLock } from '../database/advisory-locks.js';
import type { Database } from '../database/database.js';
import type { RunStatement } from '../database/run-statement.js';
import { databaseIsSilent } from '../database/sql-errors.js';
import { type IdempotencyKeys, type Replay, toStoredEntries } from './idempotency-keys.js';
import { insertInChunks, insertMessages } from './insert-messages.js';
import type { PendingQuota } from './pending-quota.js';
import { PushQueue } from './push-queue.js';
import { admitWhole, entriesOf, QueuedPush } from './queued-push.js';

/** A call to more recipients has a transaction of its own. */
const SMALL_CALL_ROWS = 500;
const BATCH = { rows: 2_000, bytes: 4 * 1024 * 1024 };
const CHUNK_ROWS = 1_000;
const ALONE = { rows: 1, bytes: 1 };
/** Up to so many rows planning a statement costs more than what a plan for its very rows would save. */
const PREPARED_ROWS = 200;
/** Large calls, and calls that wait for another one with the same key, at once; the pool's other connections are for small ones. */
const LARGE_IN_FLIGHT = 2;

/** Counts that share queries may wait behind others that get no answer; a push must fail within 5 s. */
const COUNT_TIMEOUT_MS = 3_000;

/** What became of one call of a transaction. */
type Written = PushResult | TidingsError | 'key-in-use';

/**
 * Pushes on their way into the database. Small ones share statements and commits: those that need nothing but rows a single statement,
 * those with an idempotency key, or near a recipient's quota, a transaction. Large ones go alone, so that nobody waits behind them.
 */
export class PushWriter {
  readonly #plain: PushQueue<QueuedPush>;
  readonly #guarded: PushQueue<QueuedPush>;
  readonly #large: PushQueue<QueuedPush>;
  readonly #contended: PushQueue<QueuedPush>;

  constructor(
    private readonly database: Database,
    private readonly quota: PendingQuota,
    private readonly keys: IdempotencyKeys,
    private readonly metrics: Metrics,
  ) {
    this.#plain = new PushQueue(database, { batch: BATCH, maxInFlight: 1, run: (batch) => this.#writePlain(batch) });
    this.#guarded = new PushQueue(database, { batch: BATCH, maxInFlight: 2, run: (batch) => this.#writeGuarded(batch, false) });
    this.#large = new PushQueue(database, {
      batch: ALONE,
      maxInFlight: LARGE_IN_FLIGHT,
      run: (batch) => this.#writeGuarded(batch, true),
    });
    this.#contended = new PushQueue(database, {
      batch: ALONE,
      maxInFlight: LARGE_IN_FLIGHT,
      run: (batch) => this.#writeGuarded(batch, true),
    });
  }

  async push(call: PushCall): Promise<PushResult> {
    const queued = new QueuedPush(call);
    if (queued.rows > SMALL_CALL_ROWS) this.#large.add(queued);
    else if (call.idempotency === null && (await this.#isWithinQuota(call))) this.#plain.add(queued);
    else this.#guarded.add(queued);
    return queued.result;
  }

  /** Nearly always known at once. */
  #isWithinQuota(call: PushCall): boolean | Promise<boolean> {
    return this.quota.spend(call) || withTimeout(this.quota.allows(call), COUNT_TIMEOUT_MS, databaseIsSilent);
  }

  async #writePlain(batch: QueuedPush[]): Promise<void> {
    await this.#together(batch, async (pushes) => {
      const rows = pushes.reduce((sum, push) => sum + push.rows, 0);
      const options = { write: true, ...(rows <= PREPARED_ROWS && { prepareAs: 'insert' }) };
      const run: RunStatement = (text, values) => this.database.query(text, values, options);
      const admitted = pushes.map(({ call }) => admitWhole(call));
      const ids = await insertMessages(run, admitted);
      const entries = await Promise.all(admitted.map((push, i) => entriesOf(push, ids[i] ?? [], this.quota.limit)));
      return entries.map((answered) => ({ entries: answered, replayed: false }));
    });
  }

  async #writeGuarded(batch: QueuedPush[], waitForKeys: boolean): Promise<void> {
    await this.#together(batch, (pushes) => this.database.transaction((tx) => this.#write(tx.query, pushes, waitForKeys)));
  }

  /** Inside a transaction. */
  async #write(run: RunStatement, pushes: readonly QueuedPush[], waitForKeys: boolean): Promise<Written[]> {
    const replays = await this.#claimKeys(run, pushes, waitForKeys);
    const fresh = pushes.filter((push) => !replays.has(push));
    const admitted = await this.quota.admit(
      run,
      fresh.map(({ call }) => call),
    );
    const ids = await insertInChunks(run, admitted, CHUNK_ROWS);
    const written = new Map<QueuedPush, Written>(replays);
    const answers: Parameters<IdempotencyKeys['save']>[1][number][] = [];
    for (const [i, push] of admitted.entries()) {
      const entries = await entriesOf(push, ids[i] ?? [], this.quota.limit);
      written.set(fresh[i] as QueuedPush, { entries, replayed: false });
      const { tenantId, idempotency } = push.call;
      if (idempotency) answers.push({ tenantId, idempotency, answer: toStoredEntries(entries) });
    }
    await this.keys.save(run, answers);
    return pushes.map((push) => written.get(push) as Written);
  }

  /** Calls that are not to be written: answered before, in conflict, or their key is in use by somebody else at this moment. */
  async #claimKeys(run: RunStatement, pushes: readonly QueuedPush[], wait: boolean): Promise<Map<QueuedPush, Written>> {
    const settled = new Map<QueuedPush, Written>();
    const keyed = pushes.flatMap((push) =>
      push.call.idempotency ? [{ push, tenantId: push.tenantId, idempotency: push.call.idempotency }] : [],
    );
    if (keyed.length === 0) return settled;
    const locked = await this.keys.lock(run, keyed, wait);
    // A statement after the locks, so that it sees what their former holders committed.
    const found = await this.keys.lookUp(run, keyed);
    const claimed = new Set<string>();
    for (const [i, { push, tenantId, idempotency }] of keyed.entries()) {
      const lock = idempotencyLock(tenantId, idempotency.key);
      const earlier = found[i] ?? null;
      if (earlier !== null) settled.set(push, toWritten(earlier));
      else if (!locked.has(lock) || claimed.has(lock)) settled.set(push, 'key-in-use');
      else claimed.add(lock);
    }
    return settled;
  }

  /** Settles each call of a batch; after an error of the statement each gets a try of its own, so that the bad one harms no other. */
  async #together(batch: QueuedPush[], write: (pushes: QueuedPush[]) => Promise<Written[]>): Promise<void> {
    let results: Written[];
    try {
      results = await write(batch);
    } catch (error) {
      if (error instanceof TidingsError || batch.length === 1) {
        for (const push of batch) push.reject(error);
      } else {
        for (const push of batch) await this.#together([push], write);
      }
      return;
    }
    this.#count(results);
    for (const [i, push] of batch.entries()) {
      const result = results[i] as Written;
      if (result === 'key-in-use') this.#contended.add(push);
      else if (result instanceof TidingsError) push.reject(result);
      else push.resolve(result);
    }
  }

  #count(results: readonly Written[]): void {
    let rows = 0;
    for (const result of results) {
      if (result === 'key-in-use' || result instanceof TidingsError || result.replayed) continue;
      for (const entry of result.entries) if (entry.item) rows++;
    }
    if (rows === 0) return;
    this.metrics.accepted.inc(rows);
    this.metrics.pushBatchRows.observe(rows);
  }
}

function toWritten(earlier: Replay | TidingsError): PushResult | TidingsError {
  if (earlier instanceof TidingsError) return earlier;
  if ('entries' in earlier) return { entries: earlier.entries, replayed: true };
  return new TidingsError('IDEMPOTENCY_CONFLICT', 'The idempotency key was used for a global message.');
}
