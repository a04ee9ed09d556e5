export interface RevocationStore {
  /** Recipients' present revocation number (0 if none) and the database's time, read together when a token is issued. */
  readRevocation(tenantId: string, recipient: string): Promise<{ number: number; now: Date }>;
  /** @param tokenTtlMs how long the last token that it concerns can live */
  revoke(tenantId: string, recipient: string, tokenTtlMs: number): Promise<{ number: number; revokedAt: Date }>;
  /** Revokes, then deletes the recipient's messages, in batches. */
  erase(tenantId: string, recipient: string, tokenTtlMs: number): Promise<{ number: number; erased: number }>;
}
