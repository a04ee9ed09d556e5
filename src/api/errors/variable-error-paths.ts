import {
  coerceInputValue,
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  type GraphQLType,
  getNamedType,
  getNullableType,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  isValueNode,
  Kind,
  TypeInfo,
  typeFromAST,
  type ValueNode,
  type VariableDefinitionNode,
  visit,
  visitWithTypeInfo,
} from 'graphql';

type Path = ReadonlyArray<string | number>;
type Variables = Readonly<Record<string, unknown>>;

function fieldText(path: Path): string {
  let text = '';
  for (const key of path) {
    if (typeof key === 'number') text += `[${key}]`;
    else text += text === '' ? key : `.${key}`;
  }
  return text;
}

/** Finds where in an argument a variable stands. */
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

/**
 * Finds the argument that first uses a variable, such as `input.expiresAt`; the variable's name if none does.
 */
function pathOfUse(document: DocumentNode, variable: string): Path {
  let found: Path | null = null;
  visit(document, {
    Argument(node) {
      found ??= prepend(node.name.value, findUse(node.value, variable));
    },
  });
  return found ?? [variable];
}

/** Is how many errors about variables graphql-js reports before it gives up. */
const MOST_ERRORS = 50;
const ENOUGH = new Error('enough errors were found');

/** Finds the paths in a variable's value that its type refuses, in graphql-js's order of errors. */
function pathsOfRefusal(schema: GraphQLSchema, definition: VariableDefinitionNode, variables: Variables): Path[] {
  const type = typeFromAST(schema, definition.type);
  const value = variables[definition.variable.name.value];
  if (value === undefined || value === null || !isInputType(type)) return [[]];
  const paths: Path[] = [];
  try {
    coerceInputValue(value, type, (path, _value, { message }) => {
      // graphql-js reports a missing or unknown attribute at its object.
      const attribute = /^Field "([^"]+)" /.exec(message)?.[1];
      if (paths.push(attribute === undefined ? path : [...path, attribute]) >= MOST_ERRORS) throw ENOUGH;
    });
  } catch (error) {
    if (error !== ENOUGH) throw error;
  }
  return paths;
}

/**
 * Finds the value of an argument, of a field or a directive, that graphql-js refused: a nullable variable
 * with a default may stand where null must not, and was sent as null. Errors of resolvers have a code; errors
 * about their answers stand at a field or nowhere.
 */
export function refusedValue(error: unknown): ValueNode | null {
  if (!(error instanceof GraphQLError) || error.extensions.code !== undefined) return null;
  // An error about a directive at a root field comes as it was thrown.
  const thrown = error.originalError ?? error;
  const node = thrown instanceof GraphQLError ? thrown.nodes?.[0] : undefined;
  return node && isValueNode(node) ? node : null;
}

/**
 * Recognizes the error with which graphql-js gives up after many errors about variables. Nothing but its
 * message tells it.
 */
export const isErrorLimit = (error: unknown): boolean =>
  error instanceof GraphQLError &&
  error.message === 'Too many errors processing variables, error limit reached. Execution aborted.';

/** Finds where in an argument's value a variable is null that must not be. */
function findNull(node: ValueNode, type: GraphQLType | null | undefined, variables: Variables): Path | null {
  switch (node.kind) {
    case Kind.VARIABLE:
      return isNonNullType(type) && variables[node.name.value] === null ? [] : null;
    case Kind.OBJECT: {
      // In place of a list, an object stands for a list of one.
      const object = getNamedType(type);
      if (!isInputObjectType(object)) return null;
      const fields = object.getFields();
      return firstFound(node.fields, ({ name, value }) =>
        prepend(name.value, findNull(value, fields[name.value]?.type, variables)),
      );
    }
    case Kind.LIST: {
      const list = getNullableType(type);
      const entryType = isListType(list) ? list.ofType : null;
      return firstFound(node.values, (value, index) => prepend(index, findNull(value, entryType, variables)));
    }
    default:
      return null;
  }
}

/** Finds the path of a refused value, as far as it is known, such as `input.recipients[0]`. */
function pathOfRefusedValue(refused: ValueNode, schema: GraphQLSchema, document: DocumentNode, variables: Variables): Path {
  const types = new TypeInfo(schema);
  let path: Path = [];
  visit(
    document,
    visitWithTypeInfo(types, {
      Argument({ name, value }) {
        if (value === refused) path = [name.value, ...(findNull(value, types.getInputType(), variables) ?? [])];
      },
    }),
  );
  return path;
}

/**
 * Names the wrong input for each error about a variable's value, such as `input.recipients[0]`; null for
 * other errors. The path is the one that a use case would name, whatever the variable is called.
 */
export function fieldsOfVariableErrors(
  errors: readonly GraphQLError[],
  schema: GraphQLSchema,
  document: DocumentNode,
  variables: Variables,
): Array<string | null> {
  const refusals = new Map<VariableDefinitionNode, Path[]>();
  // Each entry of a list may have an error about the same value.
  const refusedValues = new Map<ValueNode, string>();
  return errors.map((error, index) => {
    const value = refusedValue(error);
    if (value) {
      const field = refusedValues.get(value) ?? fieldText(pathOfRefusedValue(value, schema, document, variables));
      refusedValues.set(value, field);
      return field;
    }
    const gaveUp = isErrorLimit(error);
    const definition = (gaveUp ? errors[index - 1] : error)?.nodes?.[0];
    if (definition?.kind !== Kind.VARIABLE_DEFINITION) return null;
    if (gaveUp) return fieldText(pathOfUse(document, definition.variable.name.value));
    const paths = refusals.get(definition) ?? pathsOfRefusal(schema, definition, variables);
    refusals.set(definition, paths.slice(1));
    return fieldText([...pathOfUse(document, definition.variable.name.value), ...(paths[0] ?? [])]);
  });
}
