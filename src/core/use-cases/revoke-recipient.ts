import type { AuditNote } from '../domain/audit.js';
import { recipientHash } from '../domain/message-ids.js';
import { type MessageBus, tenantChannel } from '../ports/message-bus.js';
import type { RevocationStore } from '../ports/stores/revocation-store.js';
import { parseRecipient } from '../validation/recipients.js';

interface RevokeRecipientDeps {
  store: Pick<RevocationStore, 'revoke'>;
  bus: MessageBus;
  /** Longest life of a token, in milliseconds. */
  tokenTtlMs: number;
}

/** Revokes a recipient's tokens, then tells the delivery nodes to close its connections. */
export const revokeRecipient =
  ({ store, bus, tokenTtlMs }: RevokeRecipientDeps) =>
  async (tenantId: string, input: { recipient: string }, note: AuditNote | null): Promise<{ revokedAt: Date }> => {
    const recipient = parseRecipient('input.recipient', input.recipient);
    const { number, revokedAt } = await store.revoke(tenantId, recipient, tokenTtlMs, note);
    const event = { type: 'revoked', recipientHash: recipientHash(recipient), number } as const;
    await bus.publish([{ channel: tenantChannel(tenantId), event }]);
    return { revokedAt };
  };
