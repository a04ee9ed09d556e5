import { performance } from 'node:perf_hooks';
import { TidingsError } from '../../core/domain/errors.js';
import { LIMITS } from '../../core/domain/limits.js';
import type { GlobalMessage } from '../../core/domain/message.js';
import type { Metrics } from '../../core/ports/metrics.js';
import type { GlobalPushCall } from '../../core/ports/stores/push-store.js';
import type { UsageMeter } from '../../core/ports/usage-meter.js';
import { runningGlobalsLock } from '../database/advisory-locks.js';
import type { Database } from '../database/database.js';
import type { RunStatement } from '../database/run-statement.js';
import { GLOBAL_COLUMNS, type GlobalRow, toGlobalMessage } from '../query/find-globals.js';
import { PUSHES } from '../sharing/work.js';
import { hourOf } from '../usage-delta.js';
import type { IdempotencyKeys } from './idempotency-keys.js';
import { PushQueue, type QueuedWrite } from './push-queue.js';

interface GlobalPushResult {
  item: GlobalMessage;
  replayed: boolean;
}

interface QueuedGlobal extends QueuedWrite {
  call: GlobalPushCall;
  resolve(result: GlobalPushResult): void;
}

const INSERT = `
  WITH moment AS MATERIALIZED (
    SELECT date_trunc('milliseconds', clock_timestamp()) AS now, nextval('message_seq') AS seq
  ), g AS (
    INSERT INTO global_messages (tenant_id, id, message, topic, created_at, expires_at)
    SELECT $1::uuid, message_id((extract(epoch FROM now) * 1000)::bigint, seq), $2, $3, now, $4::timestamptz FROM moment
    RETURNING *
  ), usage AS (
    INSERT INTO usage_deltas (tenant_id, hour, globals) SELECT tenant_id, ${hourOf('created_at')}, 1 FROM g
  )
  SELECT ${GLOBAL_COLUMNS} FROM g`;

const COUNT_RUNNING = `
  SELECT count(*)::int AS running FROM (
    SELECT FROM global_messages
    WHERE tenant_id = $1 AND expires_at > statement_timestamp() AND cancelled_at IS NULL LIMIT ${LIMITS.runningGlobals}
  ) AS counted`;

/**
 * Writes pushes of global messages: one transaction each, three at a time, two of one tenant, tenants in
 * turns.
 */
export class GlobalPushWriter {
  readonly #queue: PushQueue<QueuedGlobal>;

  constructor(
    private readonly database: Database,
    private readonly keys: IdempotencyKeys,
    private readonly observers: { metrics: Metrics; usage: UsageMeter },
  ) {
    this.#queue = new PushQueue(database, {
      batch: { rows: 1, bytes: 1 },
      maxInFlight: 3,
      maxOfTenant: 2,
      write: async ([queued]) => {
        if (queued) await this.#write(queued.call).then(queued.resolve, queued.reject);
      },
    });
  }

  push(call: GlobalPushCall): Promise<GlobalPushResult> {
    return new Promise((resolve, reject) => {
      const { tenantId, message } = call;
      const bytes = Buffer.byteLength(message);
      this.#queue.add({ call, tenantId, rows: 1, bytes, queuedAt: performance.now(), resolve, reject });
    });
  }

  async #write(call: GlobalPushCall): Promise<GlobalPushResult> {
    const result = await this.database.transaction(
      async ({ query }) => {
        const replayed = await this.#claimKey(query, call);
        if (replayed) return { item: replayed, replayed: true };
        if (call.expiresAt) await this.#checkQuota(query, call.tenantId);
        const values = [call.tenantId, call.message, call.topic, call.expiresAt?.toISOString() ?? null];
        const [row] = await query<GlobalRow>(INSERT, values);
        const item = toGlobalMessage(row as GlobalRow);
        const { tenantId, idempotency } = call;
        if (idempotency) await this.keys.save(query, [{ tenantId, idempotency, answer: { globalId: item.id } }]);
        return { item, replayed: false };
      },
      { work: PUSHES },
    );
    if (!result.replayed) {
      this.observers.metrics.globalsAccepted.inc();
      this.observers.usage.globalAccepted(call.tenantId);
    }
    return result;
  }

  /** Locks the key. Returns the message of an earlier call with it, or null. */
  async #claimKey(run: RunStatement, { tenantId, idempotency }: GlobalPushCall): Promise<GlobalMessage | null> {
    if (!idempotency) return null;
    await this.keys.lock(run, [{ tenantId, idempotency }], true);
    const [found] = await this.keys.lookUp(run, [{ tenantId, idempotency }]);
    if (!found) return null;
    if (found instanceof TidingsError) throw found;
    if ('global' in found) return found.global;
    throw new TidingsError('IDEMPOTENCY_CONFLICT', 'The idempotency key was used for messages to recipients.');
  }

  /** Counts in a statement after the lock, which sees what the lock's former holders committed. */
  async #checkQuota(run: RunStatement, tenantId: string): Promise<void> {
    await run('SELECT pg_advisory_xact_lock($1::bigint)', [runningGlobalsLock(tenantId)]);
    const [count] = await run<{ running: number }>(COUNT_RUNNING, [tenantId]);
    if ((count?.running ?? 0) < LIMITS.runningGlobals) return;
    const limit = LIMITS.runningGlobals;
    throw new TidingsError('QUOTA_EXCEEDED', `${limit} global messages with an expiry are running already.`, { limit });
  }
}
