import type { Clock } from '../../../lib/time/clock.js';
import { newApiKey } from '../../domain/api-key.js';
import type { AuditNote } from '../../domain/audit.js';
import { badInput, TidingsError } from '../../domain/errors.js';
import { LIMITS } from '../../domain/limits.js';
import { normalScope, type OperationType, type Principal, parseScope, type ScopeEntries } from '../../domain/scope.js';
import type { ApiKeyRecord } from '../../ports/stores/api-key-store.js';
import type { ManagedKeyStore } from '../../ports/stores/managed-key-store.js';
import { isKeyName, KEY_NAME_RULE } from '../../validation/key-name.js';
import { parseLaterMoment } from '../../validation/later-moment.js';

interface CreateApiKeyInput {
  name?: string | null;
  scope: string;
  expiresAt?: string | null;
}

/** Everything that a scope can grant by name. */
export type RootFields = Record<OperationType, ReadonlySet<string>>;

interface CreateApiKeyDeps {
  store: Pick<ManagedKeyStore, 'makeKey'>;
  /** Gives the database's time. */
  clock: Clock;
  rootFields: RootFields;
}

/**
 * Makes a key that can do nothing that its maker cannot, for no longer. That the maker is still good, and
 * when
 * it ends, the store judges under a lock.
 */
export const createApiKey =
  ({ store, clock, rootFields }: CreateApiKeyDeps) =>
  async (
    { tenantId, keyId, scope: own }: Principal,
    input: CreateApiKeyInput,
    note: AuditNote | null,
  ): Promise<{ apiKey: ApiKeyRecord; secret: string }> => {
    const name = input.name ?? null;
    if (name !== null && !isKeyName(name)) throw badInput('input.name', KEY_NAME_RULE);
    const entries = parseEntries(input.scope, rootFields);
    const expiresAt = input.expiresAt == null ? null : parseLaterMoment('input.expiresAt', input.expiresAt, clock.now());
    const excess = own.findExcess(entries);
    if (excess !== null) throw new TidingsError('FORBIDDEN', `this key can give no other one a scope that differs in ${excess}`);

    const { key, hash, prefix } = newApiKey();
    const maker = { tenantId, keyId };
    const apiKey = await store.makeKey({ maker, hash, prefix, name, scope: normalScope(input.scope), expiresAt }, note);
    return { apiKey, secret: key };
  };

/** @throws TidingsError BAD_USER_INPUT, also for a field that the schema lacks: it is a mistake */
function parseEntries(text: string, rootFields: RootFields): ScopeEntries {
  const field = 'input.scope';
  if (Buffer.byteLength(text) > LIMITS.scopeBytes) throw badInput(field, `${field} must be at most ${LIMITS.scopeBytes} bytes`);
  const parsed = parseScope(text);
  if ('malformed' in parsed) {
    throw badInput(field, `${field} must be entries such as websockets-manager-api:query:messages, separated by spaces`);
  }
  const unknown = parsed.grants.find(([operation, name]) => name !== '*' && !rootFields[operation].has(name));
  if (unknown) throw badInput(field, `${field}: the schema has no ${unknown.join(' ')}`);
  return parsed;
}
