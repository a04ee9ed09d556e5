import { TidingsError, unavailable } from '../domain/errors.js';
import { recipientHash } from '../domain/message-ids.js';
import { type MessageBus, tenantChannel } from '../ports/message-bus.js';
import type { RevocationStore } from '../ports/stores/revocation-store.js';
import { parseRecipient } from '../validation/recipients.js';

interface EraseRecipientDeps {
  store: Pick<RevocationStore, 'revoke' | 'erase'>;
  bus: MessageBus;
  /** How long a token may live at most. */
  tokenTtlMs: number;
}

/** Revokes a recipient, has its connections closed, and deletes what names it. */
export const eraseRecipient =
  ({ store, bus, tokenTtlMs }: EraseRecipientDeps) =>
  async (tenantId: string, input: { recipient: string }): Promise<{ erased: number }> => {
    const recipient = parseRecipient('input.recipient', input.recipient);
    const tell = (number: number) =>
      bus.publish([
        { channel: tenantChannel(tenantId), event: { type: 'revoked', recipientHash: recipientHash(recipient), number } },
      ]);

    // Connections end before the deletion, which may take a while, and again after it for tokens that were issued meanwhile.
    await tell((await store.revoke(tenantId, recipient, tokenTtlMs)).number);
    const { number, erased } = await store.erase(tenantId, recipient, tokenTtlMs).catch(failHalfWay);
    await tell(number);
    return { erased };
  };

/** Tokens are dead by now, and some messages may be gone, whatever became of the statement that failed: to be repeated. */
function failHalfWay(error: unknown): never {
  const isAway = error instanceof TidingsError && error.code === 'SERVICE_UNAVAILABLE';
  throw isAway ? unavailable(error.message, 'UNKNOWN', error) : error;
}
