import {
  type GraphQLResolveInfo,
  getArgumentValues,
  getNamedType,
  isObjectType,
  type OperationDefinitionNode,
  visit,
} from 'graphql';
import { collectSubfields } from 'graphql/execution/collectFields.js';

/**
 * Lists the arguments with which a field of a root field's type is selected, once for each key of the answer.
 *
 * @param typeName type of the root field
 */
export function argumentsOf(info: GraphQLResolveInfo, typeName: string, name: string): Array<Record<string, unknown>> {
  const { schema, fragments, variableValues } = info;
  const type = schema.getType(typeName);
  const field = isObjectType(type) ? type.getFields()[name] : undefined;
  if (!isObjectType(type) || field === undefined) return [];
  const selected = [...collectSubfields(schema, fragments, variableValues, type, info.fieldNodes).values()];
  return selected.flatMap(([node]) => (node?.name.value === name ? [getArgumentValues(field, node, variableValues)] : []));
}

const mentioned = new WeakMap<OperationDefinitionNode, ReadonlySet<string>>();

/** Lists the names of all fields of an operation and its fragments, once for each document. */
function fieldNames({ operation, fragments }: GraphQLResolveInfo): ReadonlySet<string> {
  const known = mentioned.get(operation);
  if (known) return known;
  const names = new Set<string>();
  for (const part of [operation, ...Object.values(fragments)]) visit(part, { Field: ({ name }) => void names.add(name.value) });
  mentioned.set(operation, names);
  return names;
}

/**
 * Tells whether the selection of a root field reaches a field below it. Fragments and directives count as
 * they
 * do when it is executed.
 *
 * @param typeName type of the root field, which the executor's own schema does not tell
 * @param path names of fields, from the root field down
 */
export function selects(info: GraphQLResolveInfo, typeName: string, ...path: readonly string[]): boolean {
  // Most documents do not name it at all.
  if (!fieldNames(info).has(path.at(-1) ?? '')) return false;
  const { schema, fragments, variableValues } = info;
  let type: unknown = schema.getType(typeName);
  let nodes = [...info.fieldNodes];
  for (const name of path) {
    if (!isObjectType(type)) return false;
    const selected = [...collectSubfields(schema, fragments, variableValues, type, nodes).values()];
    nodes = selected.filter(([node]) => node?.name.value === name).flat();
    const field = type.getFields()[name];
    if (nodes.length === 0 || field === undefined) return false;
    type = getNamedType(field.type);
  }
  return true;
}
