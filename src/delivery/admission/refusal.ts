import type { RefusalReason } from '../../core/domain/activity.js';
import type { RecipientClaims } from '../../core/ports/recipient-tokens.js';
import { CLOSE } from '../../protocol/close-codes.js';

/** Names the reason of a refusal. Nothing else of a refused handshake is ever logged. */
type RefusalCode =
  | 'token-alone'
  | 'token-missing'
  | 'token-malformed'
  | 'token-forged'
  | 'token-expired'
  | 'token-wrong-audience'
  | 'token-twice'
  | 'revoked'
  | 'tenant-disabled'
  | 'origin'
  | 'address'
  | 'not-found'
  | 'no-upgrade'
  /** A limit of the tenant's connections, on all nodes, is reached. */
  | 'tenant-connections'
  /** A limit of the recipient's connections is reached. */
  | 'recipient-connections'
  | 'draining'
  | 'full'
  | 'busy'
  | 'database';

type RefusalStatus = 400 | 401 | 403 | 404 | 426 | 429 | 503;

const STATUS: Record<RefusalCode, RefusalStatus> = {
  'token-alone': 400,
  'token-missing': 401,
  'token-malformed': 401,
  'token-forged': 401,
  'token-expired': 401,
  'token-wrong-audience': 401,
  'token-twice': 401,
  revoked: 401,
  'tenant-disabled': 401,
  origin: 403,
  address: 403,
  'not-found': 404,
  'no-upgrade': 426,
  'tenant-connections': 429,
  'recipient-connections': 429,
  draining: 503,
  full: 503,
  busy: 503,
  database: 503,
};

/**
 * Reasons that activity tells of. The others are no news of a recipient, but of a node or a broken client.
 */
const REASON: Partial<Record<RefusalCode, RefusalReason>> = {
  'token-expired': 'TOKEN_EXPIRED',
  revoked: 'TOKEN_REVOKED',
  'tenant-disabled': 'TOKEN_REVOKED',
  origin: 'ORIGIN',
  address: 'SOURCE_IP',
  'tenant-connections': 'LIMIT',
  'recipient-connections': 'LIMIT',
};

/** Refuses a handshake. See docs/design/admission.md. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  #claims: RecipientClaims | null = null;

  constructor(
    readonly code: RefusalCode,
    options?: ErrorOptions,
  ) {
    super(code, options);
  }

  /** Says whose genuine token it was, unless that is known. */
  of(claims: RecipientClaims | null): this {
    this.#claims ??= claims;
    return this;
  }

  /** Claims of the token, if its signature is good: whose activity it is. */
  get claims(): RecipientClaims | null {
    return this.#claims;
  }

  /** The tenant whose genuine token it was; null if there was none. */
  get tenantId(): string | null {
    return this.#claims?.tenantId ?? null;
  }

  get status(): RefusalStatus {
    return STATUS[this.code];
  }

  /** True if the client is to blame, and not the moment: it fails again if it tries again at once. */
  get isTheirs(): boolean {
    return this.status !== 404 && this.status !== 503;
  }

  /** Returns the reason as the recipient's activity tells it; null if it tells nothing. */
  get reason(): RefusalReason | null {
    return REASON[this.code] ?? null;
  }

  /**
   * Returns the code that closes a client which cannot see the status of its handshake; null if the client
   * gets the status all the same.
   */
  get closeCode(): typeof CLOSE.unauthorized | typeof CLOSE.forbidden | typeof CLOSE.tooManyConnections | null {
    if (this.code === 'revoked' || this.status === 403) return CLOSE.forbidden;
    if (this.status === 429) return CLOSE.tooManyConnections;
    return this.status === 401 ? CLOSE.unauthorized : null;
  }
}
