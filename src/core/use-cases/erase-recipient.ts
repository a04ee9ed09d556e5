import type { AuditNote } from '../domain/audit.js';
import { TidingsError, unavailable } from '../domain/errors.js';
import { recipientHash } from '../domain/message-ids.js';
import { type MessageBus, tenantChannel } from '../ports/message-bus.js';
import type { RevocationStore } from '../ports/stores/revocation-store.js';
import { parseRecipient } from '../validation/recipients.js';

interface EraseRecipientDeps {
  store: Pick<RevocationStore, 'revoke' | 'erase'>;
  bus: MessageBus;
  /** Longest life of a token, in milliseconds. */
  tokenTtlMs: number;
}

/** Revokes a recipient, has its connections closed, and deletes everything that names it. */
export const eraseRecipient =
  ({ store, bus, tokenTtlMs }: EraseRecipientDeps) =>
  async (tenantId: string, input: { recipient: string }, note: AuditNote | null): Promise<{ erased: number }> => {
    const recipient = parseRecipient('input.recipient', input.recipient);
    const tell = (number: number) =>
      bus.publish([
        { channel: tenantChannel(tenantId), event: { type: 'revoked', recipientHash: recipientHash(recipient), number } },
      ]);

    // Connections end before the deletion, which may take long, and after it for tokens that were issued
    // meanwhile.
    await tell((await store.revoke(tenantId, recipient, tokenTtlMs, note)).number);
    const { number, erased } = await store.erase(tenantId, recipient, tokenTtlMs, note).catch(failHalfWay);
    await tell(number);
    return { erased };
  };

/**
 * Turns the outcome into UNKNOWN: tokens are revoked and some messages may be deleted. The call can be
 * repeated.
 */
function failHalfWay(error: unknown): never {
  const isAway = error instanceof TidingsError && error.code === 'SERVICE_UNAVAILABLE';
  throw isAway ? unavailable(error.message, 'UNKNOWN', error) : error;
}
