import {
  type GraphQLInputFieldMap,
  type GraphQLInputType,
  type GraphQLSchema,
  getNullableType,
  isInputObjectType,
  isInputType,
  isListType,
  isScalarType,
  type OperationDefinitionNode,
  typeFromAST,
} from 'graphql';
import { isRecord } from '../../lib/is-record.js';

/** Is one more than the longest list that any input takes. */
const MOST_ENTRIES = 10_001;
/** Exceeds the longest text that any input takes, in characters. */
const MOST_CHARS = 64 * 1024 + 1;
/** Keeps so many names that an input does not have: each gets an error, which quotes the whole input. */
const MOST_UNKNOWN_NAMES = 10;
/** Keeps so many characters of such a name, and of a text where none is taken. */
const MOST_REFUSED_CHARS = 1_000;

const TAKES_ALL = 'JSONObject';
const TAKE_NO_TEXT: ReadonlySet<string> = new Set(['Int', 'Float', 'Boolean']);

/**
 * Shortens, in place, what the types of an operation's variables refuse however much there is of it. graphql-js
 * looks at each entry of a list before a use case refuses it for its length, and quotes a value whole in each error
 * about it: a body of 8 MiB with names that no input has occupied a node for minutes.
 */
export function shortenVariables(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Record<string, unknown>,
): void {
  for (const definition of variableDefinitions) {
    const type = typeFromAST(schema, definition.type);
    const name = definition.variable.name.value;
    if (isInputType(type) && Object.hasOwn(variables, name)) variables[name] = shortened(type, variables[name]);
  }
}

function shortened(declared: GraphQLInputType, value: unknown): unknown {
  const type = getNullableType(declared);
  if (isListType(type)) {
    // In place of a list, a value stands for a list of one.
    if (!Array.isArray(value)) return shortened(type.ofType, value);
    if (value.length > MOST_ENTRIES) value.length = MOST_ENTRIES;
    for (const [i, entry] of value.entries()) value[i] = shortened(type.ofType, entry);
    return value;
  }
  if (type.name === TAKES_ALL) return value;
  if (Array.isArray(value)) return [];
  if (isRecord(value)) return isInputObjectType(type) ? withFewUnknown(type.getFields(), value) : {};
  if (typeof value !== 'string') return value;
  return value.slice(0, isScalarType(type) && !TAKE_NO_TEXT.has(type.name) ? MOST_CHARS : MOST_REFUSED_CHARS);
}

/** Returns an input's own names, and few of the others. */
function withFewUnknown(fields: GraphQLInputFieldMap, input: Record<string, unknown>): Record<string, unknown> {
  const few: Record<string, unknown> = {};
  let unknown = 0;
  // They come of JSON, so all names are the input's own.
  for (const name in input) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (field) few[name] = shortened(field.type, input[name]);
    // Not by assignment: `__proto__` is a name, too.
    else if (unknown++ < MOST_UNKNOWN_NAMES) Object.defineProperty(few, name.slice(0, MOST_REFUSED_CHARS), UNKNOWN);
  }
  return few;
}

const UNKNOWN: PropertyDescriptor = { value: null, writable: true, enumerable: true, configurable: true };
