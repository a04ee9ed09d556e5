import { randomUUID } from 'node:crypto';
import { badInput } from '../domain/errors.js';
import { LIMITS } from '../domain/limits.js';
import { parseGrants } from '../domain/live/topic-pattern.js';
import { parseOptionalLabel } from '../domain/text.js';
import type { RecipientTokens } from '../ports/recipient-tokens.js';
import type { RevocationStore } from '../ports/stores/revocation-store.js';
import { parseAddressRange } from '../validation/address-range.js';
import { parseOrigin } from '../validation/origin.js';
import { parseRecipient } from '../validation/recipients.js';

interface RegisterRecipientInput {
  recipient: string;
  sourceIp?: string | null;
  origin?: string | null;
  topic?: string | null;
  expiresIn?: number | null;
  /** Patterns of live topics. */
  subscribe?: readonly string[] | null;
  publish?: readonly string[] | null;
}

interface RegisterRecipientDeps {
  store: Pick<RevocationStore, 'readRevocation'>;
  tokens: Pick<RecipientTokens, 'issue'>;
  /** Base of connection URIs, without a trailing slash. */
  publicDeliveryUrl: string;
  /** Default and longest life of a token, in milliseconds. */
  tokenTtlMs: number;
}

interface Registration {
  token: string;
  connectionUri: string;
  expiresAt: Date;
}

/** Issues a token that carries the whole registration; writes nothing. */
export const registerRecipient =
  ({ store, tokens, publicDeliveryUrl, tokenTtlMs }: RegisterRecipientDeps) =>
  async (tenantId: string, input: RegisterRecipientInput): Promise<Registration> => {
    const recipient = parseRecipient('input.recipient', input.recipient);
    const sourceIp = input.sourceIp == null ? null : parseAddressRange('input.sourceIp', input.sourceIp);
    const origin = input.origin == null ? null : parseOrigin('input.origin', input.origin);
    const topic = parseOptionalLabel('input.topic', input.topic, LIMITS.topicChars);
    const lifeMs = parseLife(input.expiresIn, tokenTtlMs);
    const subscribe = parseGrants('input.subscribe', input.subscribe);
    const publish = parseGrants('input.publish', input.publish);

    const { number: revocation, now } = await store.readRevocation(tenantId, recipient);
    const issuedAt = now.getTime();
    const expiresAt = issuedAt + lifeMs;
    const token = tokens.issue({
      tenantId,
      recipient,
      topic,
      sourceIp,
      origin,
      revocation,
      tokenId: randomUUID(),
      issuedAt,
      expiresAt,
      subscribe,
      publish,
    });
    if (Buffer.byteLength(token) > LIMITS.tokenBytes) {
      throw badInput('input', `the token would be longer than ${LIMITS.tokenBytes} bytes`);
    }
    return { token, connectionUri: `${publicDeliveryUrl}/?token=${token}`, expiresAt: new Date(expiresAt) };
  };

function parseLife(expiresIn: number | null | undefined, tokenTtlMs: number): number {
  if (expiresIn == null) return tokenTtlMs;
  const maxSeconds = Math.floor(tokenTtlMs / 1000);
  if (expiresIn < 1 || expiresIn > maxSeconds)
    throw badInput('input.expiresIn', `input.expiresIn must be 1 to ${maxSeconds} seconds`);
  return expiresIn * 1000;
}
