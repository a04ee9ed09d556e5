/** What a recipient token says. Times in milliseconds since 1970, by the database's clock. */
export interface RecipientClaims {
  tenantId: string;
  recipient: string;
  topic: string | null;
  /** An address or CIDR range that the connection must come from, host bits masked. */
  sourceIp: string | null;
  /** Serialized origin that the page must have. */
  origin: string | null;
  /** The recipient's revocation number when the token was issued. */
  revocation: number;
  tokenId: string;
  issuedAt: number;
  expiresAt: number;
  /** Patterns of live topics that may be subscribed to and published on. */
  subscribe: readonly string[];
  publish: readonly string[];
}

export type TokenRefusal = 'missing' | 'malformed' | 'forged' | 'expired' | 'wrong-audience';

/** Each refusal has its own code; none carries the token. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';
  constructor(readonly code: TokenRefusal) {
    super(`recipient token refused: ${code}`);
  }
}

export interface RecipientTokens {
  issue(claims: RecipientClaims): string;
  /** @throws TokenRefused */
  verify(token: string, now: number): RecipientClaims;
}
