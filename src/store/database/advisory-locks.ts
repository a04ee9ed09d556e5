import { createHash } from 'node:crypto';

/**
 * Keys of advisory locks, all held until the end of a transaction. One kind never waits for a kind before it in this list while holding
 * it, so that they cannot deadlock: idempotency keys, running globals of a tenant, quotas.
 */
const lockKey = (...parts: string[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:${part}`);
  return hash.digest().readBigInt64BE(0).toString();
};

export const idempotencyLock = (tenantId: string, key: string) => lockKey('idempotency', tenantId, key);
export const runningGlobalsLock = (tenantId: string) => lockKey('running globals', tenantId);
/** The making of global messages' rows shares it; an erasure takes it to wait for those under way. */
export const erasureLock = (tenantId: string) => lockKey('erasure', tenantId);
export const bootstrapLock = lockKey('bootstrap key');
export const retentionLock = lockKey('janitor');

// Recipients share locks by bucket: a call to thousands that are all near their quota must not fill the server's lock table.
const QUOTA_BUCKETS = 256;

export function quotaLock(tenantId: string, recipient: string): string {
  const bucket = createHash('sha256').update(recipient).digest().readUInt32BE(0) % QUOTA_BUCKETS;
  return lockKey('quota', tenantId, String(bucket));
}

/** Distinct, in the one order in which everybody takes them. */
export const inLockOrder = (locks: Iterable<string>): string[] => [...new Set(locks)].sort();
