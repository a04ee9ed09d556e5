import {
  coerceInputValue,
  type DocumentNode,
  type GraphQLError,
  type GraphQLSchema,
  isInputType,
  Kind,
  typeFromAST,
  type ValueNode,
  type VariableDefinitionNode,
  visit,
} from 'graphql';

type Path = ReadonlyArray<string | number>;

const fieldText = (path: Path) =>
  path.reduce<string>((text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? key : `${text}.${key}`), '');

/** Where in an argument a variable stands. */
function findUse(node: ValueNode, variable: string): Path | null {
  switch (node.kind) {
    case Kind.VARIABLE:
      return node.name.value === variable ? [] : null;
    case Kind.OBJECT:
      return firstFound(node.fields, (field) => prepend(field.name.value, findUse(field.value, variable)));
    case Kind.LIST:
      return firstFound(node.values, (value, index) => prepend(index, findUse(value, variable)));
    default:
      return null;
  }
}

const prepend = (key: string | number, path: Path | null): Path | null => path && [key, ...path];

function firstFound<T>(nodes: readonly T[], find: (node: T, index: number) => Path | null): Path | null {
  for (const [index, node] of nodes.entries()) {
    const path = find(node, index);
    if (path) return path;
  }
  return null;
}

/** The argument that a variable first goes into, such as `input.expiresAt`; its own name if none. */
function pathOfUse(document: DocumentNode, variable: string): Path {
  let found: Path | null = null;
  visit(document, {
    Argument(node) {
      found ??= prepend(node.name.value, findUse(node.value, variable));
    },
  });
  return found ?? [variable];
}

/** Paths within a variable's value that its type refuses, in the order in which graphql-js reports them. */
function pathsOfRefusal(
  schema: GraphQLSchema,
  definition: VariableDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): Path[] {
  const type = typeFromAST(schema, definition.type);
  const value = variables[definition.variable.name.value];
  if (value === undefined || value === null || !isInputType(type)) return [[]];
  const paths: Path[] = [];
  coerceInputValue(value, type, (path, _value, { message }) => {
    // An attribute that is missing or unknown is reported at the object that lacks or has it.
    const attribute = /^Field "([^"]+)" /.exec(message)?.[1];
    paths.push(attribute === undefined ? path : [...path, attribute]);
  });
  return paths;
}

/**
 * For each error about a variable's value the path of the input that is wrong, such as `input.recipients[0]`: the same as if the
 * value had been refused by a use case, whatever the variable is called. Null for other errors.
 */
export function fieldsOfVariableErrors(
  errors: readonly GraphQLError[],
  schema: GraphQLSchema,
  document: DocumentNode,
  variables: Readonly<Record<string, unknown>>,
): Array<string | null> {
  const refusals = new Map<VariableDefinitionNode, Path[]>();
  return errors.map(({ nodes }) => {
    const definition = nodes?.[0];
    if (definition?.kind !== Kind.VARIABLE_DEFINITION) return null;
    const paths = refusals.get(definition) ?? pathsOfRefusal(schema, definition, variables);
    refusals.set(definition, paths.slice(1));
    return fieldText([...pathOfUse(document, definition.variable.name.value), ...(paths[0] ?? [])]);
  });
}
