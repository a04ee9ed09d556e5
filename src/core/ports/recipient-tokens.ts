/** Claims of a recipient token. Times are milliseconds since 1970 by the database's clock. */
export interface RecipientClaims {
  tenantId: string;
  recipient: string;
  topic: string | null;
  /** Address or CIDR range that the connection must come from, with the host bits masked. */
  sourceIp: string | null;
  /** Serialized origin that the page must have. */
  origin: string | null;
  /** Revocation number of the recipient when the token was issued. */
  revocation: number;
  tokenId: string;
  issuedAt: number;
  expiresAt: number;
  /** Patterns of the live topics that the client may subscribe to, and publish on. */
  subscribe: readonly string[];
  publish: readonly string[];
}

export type TokenRefusal = 'missing' | 'malformed' | 'forged' | 'expired' | 'wrong-audience';

/** Error of a token that is refused. Each reason has its own code; none carries the token. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';
  /** @param claims of a token whose signature is good, if it is refused all the same */
  constructor(
    readonly code: TokenRefusal,
    readonly claims: RecipientClaims | null = null,
  ) {
    super(`recipient token refused: ${code}`);
  }
}

export interface RecipientTokens {
  issue(claims: RecipientClaims): string;
  /** @throws TokenRefused */
  verify(token: string, now: number): RecipientClaims;
}
