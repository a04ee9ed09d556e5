import type { AuditNote } from '../../domain/audit.js';

export interface RevocationStore {
  /**
   * Reads the recipient's revocation number (0 if none) together with the database's time.
   */
  readRevocation(tenantId: string, recipient: string): Promise<{ number: number; now: Date }>;
  /**
   * @param tokenTtlMs longest life of a token that is revoked, in milliseconds
   * @param note written with the same commit; for an erasure, which has several steps, as UNKNOWN
   */
  revoke(
    tenantId: string,
    recipient: string,
    tokenTtlMs: number,
    note?: AuditNote | null,
  ): Promise<{ number: number; revokedAt: Date }>;
  /**
   * Revokes the recipient's tokens, then deletes its messages in batches.
   * @param note of several steps: written as UNKNOWN unless it has been, and as DONE with the last commit
   */
  erase(
    tenantId: string,
    recipient: string,
    tokenTtlMs: number,
    note?: AuditNote | null,
  ): Promise<{ number: number; erased: number }>;
}
