import { type DocumentNode, visit } from 'graphql';

export interface DocumentTraits {
  /** `__schema` and `__type` would show the schema as the executor has changed it. */
  asksForSchema: boolean;
  /** `@skip` and `@include` make another selection of a field with other variables. */
  hasDirectives: boolean;
  /** Names a field for which nodes are asked, wherever that stands. */
  asksNodes: boolean;
}

const known = new WeakMap<DocumentNode, DocumentTraits>();

/** Finds what decides how a document is executed. Each document is visited once. */
export function documentTraits(document: DocumentNode): DocumentTraits {
  const found = known.get(document);
  if (found) return found;
  const traits = { asksForSchema: false, hasDirectives: false, asksNodes: false };
  visit(document, {
    Field({ name, selectionSet }) {
      if (name.value === '__schema' || name.value === '__type') traits.asksForSchema = true;
      // A message's `recipient` is a name, and has no selection.
      if (name.value === 'pendingReason' || (name.value === 'recipient' && selectionSet)) traits.asksNodes = true;
    },
    Directive() {
      traits.hasDirectives = true;
    },
  });
  known.set(document, traits);
  return traits;
}
