import { TidingsError } from '../../core/domain/errors.js';
import type { Metrics } from '../../core/ports/metrics.js';
import type { PushResult } from '../../core/ports/stores/push-store.js';
import type { UsageMeter } from '../../core/ports/usage-meter.js';
import type { QueuedPush } from './queued-push.js';

/**
 * The outcome of one call.
 *
 * `key-in-use` means that another transaction or call holds its idempotency key.
 */
export type Written = PushResult | TidingsError | 'key-in-use';

export interface WriteBatchDeps {
  /** Writes the calls in one transaction. Returns one outcome per call, in order. */
  insert(batch: readonly QueuedPush[]): Promise<Written[]>;
  /** Takes a call whose key is in use, to wait for the key elsewhere. */
  waitForKey(push: QueuedPush): void;
  metrics: Metrics;
  usage: UsageMeter;
}

/** Writes a batch and answers each of its calls. Never rejects. */
export async function writeBatch(batch: readonly QueuedPush[], deps: WriteBatchDeps): Promise<void> {
  let results: Written[];
  try {
    results = await deps.insert(batch);
  } catch (error) {
    return afterFailure(batch, error, deps);
  }
  countRows(batch, results, deps);
  for (const [i, push] of batch.entries()) {
    const result = results[i] as Written;
    if (result === 'key-in-use') deps.waitForKey(push);
    else if (result instanceof TidingsError) push.reject(result);
    else push.resolve(result);
  }
}

/** Tries each call alone after an error of the statement, so that a bad call harms no other. */
async function afterFailure(batch: readonly QueuedPush[], error: unknown, deps: WriteBatchDeps): Promise<void> {
  if (error instanceof TidingsError || batch.length === 1) {
    for (const push of batch) push.reject(error);
    return;
  }
  for (const push of batch) await writeBatch([push], deps);
}

function countRows(batch: readonly QueuedPush[], results: readonly Written[], { metrics, usage }: WriteBatchDeps): void {
  let rows = 0;
  for (const [i, result] of results.entries()) {
    if (result === 'key-in-use' || result instanceof TidingsError || result.replayed) continue;
    let made = 0;
    for (const entry of result.entries) if (entry.item) made++;
    const push = batch[i] as QueuedPush;
    if (made > 0) usage.accepted(push.tenantId, made, (push.bytes / push.rows) * made);
    rows += made;
  }
  if (rows === 0) return;
  metrics.accepted.inc(rows);
  metrics.pushBatchRows.observe(rows);
}
