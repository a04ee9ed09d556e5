import type { BaseContext, GraphQLRequestContextDidResolveOperation } from '@apollo/server';
import {
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLObjectType,
  type GraphQLSchema,
  getArgumentValues,
  getNamedType,
  getVariableValues,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
} from 'graphql';
import { collectFields, collectSubfields } from 'graphql/execution/collectFields.js';
import { LIMITS } from '../../core/domain/limits.js';
import { itemsOfPage } from '../../core/validation/page-limit.js';
import { documentTraits } from './document-traits.js';

type Fragments = Record<string, FragmentDefinitionNode>;

/** An operation with the values of its variables, as it is executed. */
interface Request {
  schema: GraphQLSchema;
  operation: OperationDefinitionNode;
  fragments: Fragments;
  variables: Record<string, unknown>;
}

const refused = (message: string) => new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT', field: 'query' } });

/**
 * Refuses documents that ask the nodes too much, before anything of them is executed: each reason and each
 * recipient is a question to all nodes that hold it.
 */
export async function refuseQuestions(context: GraphQLRequestContextDidResolveOperation<BaseContext>): Promise<void> {
  const { schema, document, operation, request } = context;
  if (!documentTraits(document).asksNodes || !operation) return;
  const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], request.variables ?? {}, { maxErrors: 1 });
  // graphql-js refuses the operation for its variables.
  if (coerced === undefined) return;
  const fragments: Fragments = {};
  for (const part of document.definitions) if (part.kind === Kind.FRAGMENT_DEFINITION) fragments[part.name.value] = part;
  const problem = problemOf({ schema, operation, fragments, variables: coerced });
  if (problem !== null) throw refused(problem);
}

function problemOf(request: Request): string | null {
  const { schema, operation, fragments, variables } = request;
  const root = schema.getRootType(operation.operation);
  if (!root) return null;
  let reasons = 0;
  let recipients = 0;
  for (const nodes of collectFields(schema, fragments, variables, root, operation.selectionSet).values()) {
    const name = nodes[0]?.name.value ?? '';
    if (operation.operation === 'query' && name === 'recipient') recipients++;
    const asked = reasonsBelow(request, root, nodes);
    if (asked === 0) continue;
    if (operation.operation !== 'query' || !REASONED.has(name))
      return 'pendingReason can be asked for below message and messages only';
    reasons += name === 'message' ? 1 : limitOf(request, root, nodes);
  }
  if (reasons > LIMITS.reasonsPerDocument)
    return `at most ${LIMITS.reasonsPerDocument} messages' pendingReason can be asked for at once`;
  if (recipients > LIMITS.recipientsPerDocument)
    return `at most ${LIMITS.recipientsPerDocument} recipients can be asked for at once`;
  return null;
}

/** Root fields below which reasons can be asked for. */
const REASONED: ReadonlySet<string> = new Set(['message', 'messages']);

/** Returns the items of the page that a field asks for, at most. */
function limitOf({ variables }: Request, root: GraphQLObjectType, [node]: readonly FieldNode[]): number {
  const field = root.getFields()[node?.name.value ?? ''];
  if (!field || !node) return 0;
  const { limit } = getArgumentValues(field, node, variables);
  return itemsOfPage(limit);
}

/** Counts the selections of reasons below a field. */
function reasonsBelow(request: Request, type: GraphQLObjectType, nodes: readonly FieldNode[]): number {
  const name = nodes[0]?.name.value ?? '';
  if (name === 'pendingReason') return 1;
  const field = type.getFields()[name];
  const below = field && getNamedType(field.type);
  if (!isObjectType(below)) return 0;
  const { schema, fragments, variables } = request;
  let count = 0;
  for (const selected of collectSubfields(schema, fragments, variables, below, nodes).values())
    count += reasonsBelow(request, below, selected);
  return count;
}
