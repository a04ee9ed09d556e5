import { type GraphQLResolveInfo, getNamedType, isObjectType } from 'graphql';
import { collectSubfields } from 'graphql/execution/collectFields.js';

/**
 * Tells whether the selection of a root field reaches a field below it. Fragments and directives count as they
 * do when it is executed.
 *
 * @param typeName type of the root field, which the executor's own schema does not tell
 * @param path names of fields, from the root field down
 */
export function selects(info: GraphQLResolveInfo, typeName: string, ...path: readonly string[]): boolean {
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
