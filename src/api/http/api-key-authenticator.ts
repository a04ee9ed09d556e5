import { hash as digest, timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { TidingsError, unavailable } from '../../core/domain/errors.js';
import { compileScope, type Principal } from '../../core/domain/scope.js';
import type { ApiKeyFinder, FoundApiKey } from '../../core/ports/stores/api-key-store.js';
import type { TenantLimiter } from '../../core/ports/tenant-limiter.js';
import type { Clock, Millis } from '../../lib/time/clock.js';

/** Forgets a key after this time: a revoked key must be invalid within 5 s on every node. */
const MAX_AGE_MS = 4000;
/** Refreshes a key at its next use from this age on, without waiting for the answer. */
const REFRESH_AGE_MS = 2000;
const REMEMBERED_KEYS = 10_000;
/**
 * Asks no more for a key that was bad this many times: one that is made after its first use works at once.
 */
const FAILURES_UNTIL_REMEMBERED = 2;
/** Refuses longer keys unseen, in characters. The service's own keys are shorter. */
const MAX_KEY_LENGTH = 1024;

interface Remembered {
  principal: Principal;
  expiresAt: Millis | null;
  /** Time by the node's own clock. */
  readAt: Millis;
}

interface ApiKeyAuthenticatorDeps {
  store: ApiKeyFinder;
  /** Learns limits by each look-up of a key: a change holds as soon as one of the key does. */
  limiter: Pick<TenantLimiter, 'learn'>;
  /** Gives the database's time. */
  clock: Clock;
  /** Gives the node's own time, which never goes back, for ages. */
  nodeClock: Clock;
}

export interface ApiKeyAuthenticator {
  /** @throws TidingsError UNAUTHENTICATED; SERVICE_UNAVAILABLE if the key cannot be checked */
  authenticate(key: string | undefined): Promise<Principal>;
}

const refused = () => new TidingsError('UNAUTHENTICATED', 'a valid API key is needed in the header x-api-key');

/**
 * Finds out who calls. The database's answer about a key is remembered for a few seconds; calls that wait for
 * it share one look-up.
 */
export function createApiKeyAuthenticator({ store, limiter, clock, nodeClock }: ApiKeyAuthenticatorDeps): ApiKeyAuthenticator {
  const remembered = new LRUCache<string, Remembered>({ max: REMEMBERED_KEYS });
  const bad = new LRUCache<string, { failures: number; readAt: Millis }>({ max: REMEMBERED_KEYS });
  const lookups = new Map<string, Promise<Remembered | null>>();

  const isKnownAsBad = (name: string): boolean => {
    const failed = bad.get(name);
    return failed !== undefined && failed.failures >= FAILURES_UNTIL_REMEMBERED && nodeClock.now() - failed.readAt < MAX_AGE_MS;
  };

  function lookUp(name: string): Promise<Remembered | null> {
    if (isKnownAsBad(name)) return Promise.resolve(null);
    const underWay = lookups.get(name);
    if (underWay !== undefined) return underWay;
    const lookup = read(name).finally(() => lookups.delete(name));
    lookups.set(name, lookup);
    return lookup;
  }

  async function read(name: string): Promise<Remembered | null> {
    const hash = Buffer.from(name, 'base64');
    // Taken before the look-up: its answer was true at some moment after it.
    const readAt = nodeClock.now();
    const found = await store.findKey(hash);
    if (found === null || !isGood(found, hash)) {
      remembered.delete(name);
      bad.set(name, { failures: (bad.get(name)?.failures ?? 0) + 1, readAt });
      return null;
    }
    bad.delete(name);
    store.touchKey(found.keyId);
    limiter.learn(found.tenantId, found.tenantLimits);
    const { tenantId, keyId, prefix: keyPrefix, name: keyName, role } = found;
    const entry = {
      principal: { tenantId, keyId, keyPrefix, keyName, role, scope: compileScope(found.scope) },
      expiresAt: found.expiresAt?.getTime() ?? null,
      readAt,
    };
    remembered.set(name, entry);
    return entry;
  }

  return {
    async authenticate(key) {
      if (key === undefined || key === '' || key.length > MAX_KEY_LENGTH) throw refused();
      const name = digest('sha256', key, 'base64');
      const known = remembered.get(name);
      const age = known ? nodeClock.now() - known.readAt : Number.POSITIVE_INFINITY;

      // A failed refresh is repeated by the next use; until the entry is too old, no caller needs to know.
      if (age >= REFRESH_AGE_MS && age < MAX_AGE_MS) lookUp(name).catch(() => {});
      const entry = known && age < MAX_AGE_MS ? known : await lookUp(name).catch(notChecked);
      if (!entry || (entry.expiresAt !== null && clock.now() >= entry.expiresAt)) throw refused();
      return entry.principal;
    },
  };
}

const isGood = (found: FoundApiKey, hash: Buffer): boolean =>
  found.hash.length === hash.length && timingSafeEqual(found.hash, hash) && found.revokedAt === null && found.tenantActive;

function notChecked(error: unknown): never {
  throw unavailable('the API key cannot be checked at the moment', 'NOT_ACCEPTED', error);
}
