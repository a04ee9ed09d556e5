import type { Metrics } from '../../core/ports/metrics.js';
import type { PushCall, PushResult } from '../../core/ports/stores/push-store.js';
import type { UsageMeter } from '../../core/ports/usage-meter.js';
import type { QueuedSize } from '../../lib/fair-queue.js';
import { withTimeout } from '../../lib/time/with-timeout.js';
import type { Database } from '../database/database.js';
import { databaseIsSilent } from '../database/sql-errors.js';
import type { PendingQuota } from './pending-quota.js';
import type { PushInserter } from './push-inserter.js';
import { PushQueue } from './push-queue.js';
import { QueuedPush } from './queued-push.js';
import { type WriteBatchDeps, writeBatch } from './write-batch.js';

/** Keeps calls to more recipients than this out of the batches of smaller ones. */
const SMALL_CALL_ROWS = 50;
/** Writes a call to more recipients than this in a transaction of its own. */
const MIDDLING_CALL_ROWS = 500;

const SMALL_BATCH = { rows: 2_000, bytes: 4 * 1024 * 1024 };
const ALONE = { rows: 1, bytes: 1 };

interface Limits {
  batch: QueuedSize;
  maxInFlight: number;
  maxOfTenant?: number;
}

/**
 * Gathers a tenant's calls while its batch is under way, so that they share the next commit. Another tenant's do
 * not wait for that batch: they have one beside it.
 */
const PLAIN = { batch: SMALL_BATCH, maxInFlight: 3, maxOfTenant: 1 };
const GUARDED = { batch: SMALL_BATCH, maxInFlight: 3, maxOfTenant: 2 };
/**
 * Leaves the rest of the pool to small calls: large calls, and calls that wait for a key, take three
 * connections each. One of them is never a tenant's that has two.
 */
const SLOW = { batch: ALONE, maxInFlight: 3, maxOfTenant: 2 };

/**
 * Waits at most this long for a count, in milliseconds: counts share queries, and a
 * push must fail within 5 s.
 */
const COUNT_TIMEOUT_MS = 3_000;

/** Queues of calls of one size. */
interface Lanes {
  plain: PushQueue<QueuedPush>;
  guarded: PushQueue<QueuedPush>;
}

interface PushWriterDeps {
  database: Database;
  quota: PendingQuota;
  inserter: PushInserter;
  metrics: Metrics;
  usage: UsageMeter;
}

/**
 * Puts each call to `push` into the queue of its kind; the queues write batches. See
 * docs/design/push-path.md.
 *
 * Small calls share statements and commits: a single statement if they need nothing but rows, a
 * transaction if they have an idempotency key or are near a recipient's quota. Middling ones do so among
 * themselves: a batch of theirs takes ten times as long. Large calls go alone, so nobody waits behind them.
 */
export class PushWriter {
  readonly #quota: PendingQuota;
  readonly #small: Lanes;
  readonly #middling: Lanes;
  readonly #large: PushQueue<QueuedPush>;
  readonly #keyWaiting: PushQueue<QueuedPush>;

  constructor({ database, quota, inserter, metrics, usage }: PushWriterDeps) {
    this.#quota = quota;
    const queue = (limits: Limits, insert: WriteBatchDeps['insert']) => {
      const deps: WriteBatchDeps = { insert, metrics, usage, waitForKey: (push) => this.#keyWaiting.add(push) };
      return new PushQueue<QueuedPush>(database, { ...limits, write: (batch) => writeBatch(batch, deps) });
    };
    const lanes = (): Lanes => ({
      plain: queue(PLAIN, (batch) => inserter.insertPlain(batch)),
      guarded: queue(GUARDED, (batch) => inserter.insertGuarded(batch, false)),
    });
    this.#small = lanes();
    this.#middling = lanes();
    this.#large = queue(SLOW, (batch) => inserter.insertGuarded(batch, true));
    this.#keyWaiting = queue(SLOW, (batch) => inserter.insertGuarded(batch, true));
  }

  async push(call: PushCall): Promise<PushResult> {
    const queued = new QueuedPush(call);
    if (queued.rows > MIDDLING_CALL_ROWS) this.#large.add(queued);
    else {
      const lanes = queued.rows > SMALL_CALL_ROWS ? this.#middling : this.#small;
      if (call.idempotency === null && (await this.#isWithinQuota(call))) lanes.plain.add(queued);
      else lanes.guarded.add(queued);
    }
    return queued.result;
  }

  /** Answers at once in nearly every case. */
  #isWithinQuota(call: PushCall): boolean | Promise<boolean> {
    return this.#quota.spend(call) || withTimeout(this.#quota.allows(call), COUNT_TIMEOUT_MS, databaseIsSilent);
  }
}
