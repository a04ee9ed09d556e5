import type { OperationType } from '../../core/domain/scope.js';
import { ROOT_FIELDS } from '../../generated/graphql/root-fields.js';

/** Lists the root fields of the schema: everything that a scope can grant. */
export const rootFields = (): Record<OperationType, ReadonlySet<string>> => ({
  query: new Set(ROOT_FIELDS.query),
  mutation: new Set(ROOT_FIELDS.mutation),
  subscription: new Set(ROOT_FIELDS.subscription),
});
