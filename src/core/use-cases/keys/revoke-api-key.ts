import type { Clock } from '../../../lib/time/clock.js';
import type { AuditNote } from '../../domain/audit.js';
import type { ApiKeyRecord } from '../../ports/stores/api-key-store.js';
import type { ManagedKeyStore } from '../../ports/stores/managed-key-store.js';
import { parseLaterMoment } from '../../validation/later-moment.js';
import { parseUuid } from '../../validation/uuid.js';

interface RevokeApiKeyInput {
  id: string;
  at?: string | null;
  descendants?: boolean | null;
}

interface RevokeApiKeyDeps {
  store: Pick<ManagedKeyStore, 'revokeOwnKey'>;
  /** Gives the database's time. */
  clock: Clock;
}

/** Revokes a key of the tenant, at once or at a later moment. */
export const revokeApiKey =
  ({ store, clock }: RevokeApiKeyDeps) =>
  async (tenantId: string, input: RevokeApiKeyInput, note: AuditNote | null): Promise<ApiKeyRecord | null> => {
    const id = parseUuid('input.id', input.id);
    const at = input.at == null ? null : parseLaterMoment('input.at', input.at, clock.now());
    return id === null ? null : store.revokeOwnKey({ tenantId, id, at, descendants: input.descendants ?? false }, note);
  };
