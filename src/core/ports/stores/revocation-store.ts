export interface RevocationStore {
  /**
   * Reads the recipient's revocation number (0 if none) together with the database's time.
   */
  readRevocation(tenantId: string, recipient: string): Promise<{ number: number; now: Date }>;
  /** @param tokenTtlMs longest life of a token that is revoked, in milliseconds */
  revoke(tenantId: string, recipient: string, tokenTtlMs: number): Promise<{ number: number; revokedAt: Date }>;
  /** Revokes the recipient's tokens, then deletes its messages in batches. */
  erase(tenantId: string, recipient: string, tokenTtlMs: number): Promise<{ number: number; erased: number }>;
}
