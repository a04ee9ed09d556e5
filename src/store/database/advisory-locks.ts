import { createHash } from 'node:crypto';

/**
 * Computes the key of an advisory lock. All are held until the end of a transaction.
 *
 * Whoever holds one kind never waits for a kind before it in this order, so they cannot deadlock: idempotency
 * keys, running globals of a tenant, quotas.
 */
const lockKey = (...parts: string[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:${part}`);
  return hash.digest().readBigInt64BE(0).toString();
};

export const idempotencyLock = (tenantId: string, key: string) => lockKey('idempotency', tenantId, key);
export const runningGlobalsLock = (tenantId: string) => lockKey('running globals', tenantId);
/** Shared by transactions that make rows of global messages; an erasure takes it alone, to wait for them. */
export const erasureLock = (tenantId: string) => lockKey('erasure', tenantId);
export const bootstrapLock = lockKey('bootstrap key');
/**
 * Lets one node at a time clean up.
 *
 * The word in the key stays: nodes of other versions take the same lock.
 */
export const retentionLock = lockKey('janitor');
/** Lets one node at a time delete old entries of the audit log. */
export const auditRetentionLock = lockKey('audit retention');
/** Lets one node at a time sum up usage. */
export const usageLock = lockKey('usage');

/** Lets one node at a time give numbers to status events. */
export const numberingLock = lockKey('status events');
/** Lets one node at a time delete status events past their retention. */
export const feedRetentionLock = lockKey('status event retention');
/** Lets one node at a time clean up behind webhooks. */
export const webhooksLock = lockKey('webhooks');

/** Lets one node at a time delete activity. */
export const activityLock = lockKey('activity');

/**
 * Locks that a tenant's recipients share: a call to thousands near their quota must not fill the lock table.
 */
const QUOTA_BUCKETS = 256;

export function quotaLock(tenantId: string, recipient: string): string {
  const bucket = createHash('sha256').update(recipient).digest().readUInt32BE(0) % QUOTA_BUCKETS;
  return lockKey('quota', tenantId, String(bucket));
}

/** Sorts distinct locks into the one order in which everybody takes them. */
export const inLockOrder = (locks: Iterable<string>): string[] => [...new Set(locks)].sort();
