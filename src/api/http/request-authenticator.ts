import type { IncomingMessage } from 'node:http';
import { TidingsError } from '../../core/domain/errors.js';
import type { Principal } from '../../core/domain/scope.js';
import type { ApiKeyAuthenticator } from './api-key-authenticator.js';
import type { BadKeys } from './bad-keys.js';

/** @throws TidingsError UNAUTHENTICATED, RATE_LIMITED; SERVICE_UNAVAILABLE if the key cannot be checked */
export type AuthenticateRequest = (request: IncomingMessage) => Promise<Principal>;

interface RequestAuthenticatorDeps {
  apiKeys: ApiKeyAuthenticator;
  /** Returns where a request comes from, which may be no address. */
  addressOf: (request: IncomingMessage) => string;
  badKeys: BadKeys;
}

/** Finds out who makes a request. Too many bad keys from one address are told so; a good one is served. */
export const createRequestAuthenticator =
  ({ apiKeys, addressOf, badKeys }: RequestAuthenticatorDeps): AuthenticateRequest =>
  async (request) => {
    const header = request.headers['x-api-key'];
    const key = Array.isArray(header) ? header[0] : header;
    try {
      return await apiKeys.authenticate(key);
    } catch (error) {
      // No key at all is nothing that is tried out.
      const isBadKey = key && error instanceof TidingsError && error.code === 'UNAUTHENTICATED';
      const retryAfter = isBadKey ? badKeys.count(addressOf(request)) : null;
      if (retryAfter === null) throw error;
      throw new TidingsError('RATE_LIMITED', 'too many bad API keys from this address: wait a little', { retryAfter });
    }
  };
