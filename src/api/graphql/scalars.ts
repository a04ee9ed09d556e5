import { type FloatValueNode, GraphQLError, type IntValueNode, Kind, type ValueNode, valueFromASTUntyped, visit } from 'graphql';
import { isExactNumber } from '../../lib/json/exact-json.js';

/** Reads and writes the values of a scalar. */
interface ScalarBehaviour {
  serialize(value: unknown): unknown;
  parseValue(value: unknown): unknown;
  parseLiteral(node: ValueNode, variables?: Readonly<Record<string, unknown>> | null): unknown;
}

// Strings pass, and the use case refuses malformed ones: a variable and a literal get the same error.
const passStrings = (name: string): Omit<ScalarBehaviour, 'serialize'> => ({
  parseValue(value) {
    if (typeof value === 'string') return value;
    throw new GraphQLError(`${name} must be a string`);
  },
  parseLiteral(node) {
    if (node.kind === Kind.STRING) return node.value;
    throw new GraphQLError(`${name} must be a string`, { nodes: node });
  },
});

/** Makes numbers infinite that would come out as others, as the parser of variables does. */
function markInexact(node: ValueNode): ValueNode {
  const mark = (number: IntValueNode | FloatValueNode) =>
    isExactNumber(number.value) ? undefined : { kind: Kind.FLOAT, value: '1e999' };
  return visit(node, { IntValue: mark, FloatValue: mark });
}

export const scalars: Record<string, ScalarBehaviour> = {
  DateTime: {
    ...passStrings('DateTime'),
    serialize(value) {
      if (value instanceof Date) return value.toISOString();
      throw new TypeError('a DateTime is answered from a Date');
    },
  },
  Token: { ...passStrings('Token'), serialize: String },
  // Every value passes: the use case refuses malformed ones, event by event.
  JSONObject: {
    serialize: (value) => value,
    parseValue: (value) => value,
    parseLiteral: (node, variables) => valueFromASTUntyped(markInexact(node), variables),
  },
};
