import { operation } from '../../data/operation.js';

/** A key, as the list of keys shows it. */
export interface KeyRow {
  id: string;
  prefix: string;
  name: string | null;
  role: string | null;
  scope: string;
  createdAt: string;
  createdBy: string | null;
  expiresAt: string | null;
  lastUsedAt: string | null;
  revokedAt: string | null;
}

export const KEYS = operation<{ apiKeys: KeyRow[] }>(/* GraphQL */ `
  query keys {
    apiKeys {
      id
      prefix
      name
      role
      scope
      createdAt
      createdBy
      expiresAt
      lastUsedAt
      revokedAt
    }
  }
`);

export interface NewKey {
  name: string | null;
  scope: string;
  expiresAt: string | null;
}

export const MAKE_KEY = operation<{ createApiKey: { apiKey: { id: string }; secret: string } }, { input: NewKey }>(/* GraphQL */ `
  mutation makeKey($input: CreateApiKeyInput!) {
    createApiKey(input: $input) {
      apiKey {
        id
      }
      secret
    }
  }
`);

export const END_KEY = operation<
  { revokeApiKey: { revokedAt: string | null } | null },
  { id: string; descendants: boolean }
>(/* GraphQL */ `
  mutation endKey($id: ID!, $descendants: Boolean) {
    revokeApiKey(input: { id: $id, descendants: $descendants }) {
      revokedAt
    }
  }
`);
