import { compileScope, type OperationType } from '../../../core/domain/scope.js';
import { operation } from './operation.js';

export interface CurrentKey {
  tenant: string;
  apiKey: { id: string; prefix: string; name: string | null; role: string | null; scope: string; expiresAt: string | null };
  limits: ReadonlyArray<{ policy: string; limit: number }>;
}

/** What the key of this tab is, and what it may do. Every valid key may ask. */
export const CURRENT_KEY = operation<{ currentKey: CurrentKey }>(/* GraphQL */ `
  query currentKey {
    currentKey {
      tenant
      apiKey {
        id
        prefix
        name
        role
        scope
        expiresAt
      }
      limits {
        policy
        limit
      }
    }
  }
`);

/** Tells what a key may do, as the API judges it. */
export interface Access {
  may(operation: OperationType, field: string): boolean;
  readonly hidesTexts: boolean;
}

export function accessOf({ apiKey }: CurrentKey): Access {
  const scope = compileScope(apiKey.scope);
  return { may: (type, field) => scope.allows(type, field), hidesTexts: scope.hidesTexts };
}
