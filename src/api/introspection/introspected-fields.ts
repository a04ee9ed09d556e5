import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getNamedType,
  getOperationAST,
  isObjectType,
  Kind,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
} from 'graphql';
import { collectFields, collectSubfields } from 'graphql/execution/collectFields.js';
import { getArgumentValues } from 'graphql/execution/values.js';
import { isRecord } from '../../lib/is-record.js';
import type { Operation } from '../execution/executor.js';

const META_FIELDS = [SchemaMetaFieldDef, TypeMetaFieldDef];

/** An operation that may ask for the schema. */
export type Asked = Omit<Operation, 'contextValue'>;

/** Keeps counts by document and by the name of its operation, where variables change nothing. */
const known = new WeakMap<DocumentNode, Map<string, number>>();

/**
 * Counts the fields that an operation asks of the schema itself, up to one more than `most`. graphql-js
 * completes them in one go, and aliases, fragments and types within types multiply them without a bound.
 */
export function introspectedFields(operation: Asked, schema: GraphQLSchema, most: number): number {
  const { document, operationName } = operation;
  const asked = getOperationAST(document, operationName);
  if (!asked || (asked.variableDefinitions?.length ?? 0) > 0) return counted(operation, schema, most);
  const counts = known.get(document) ?? new Map<string, number>();
  known.set(document, counts);
  const name = asked.name?.value ?? '';
  const count = counts.get(name) ?? counted(operation, schema, most);
  counts.set(name, count);
  return count;
}

function counted(operation: Asked, schema: GraphQLSchema, most: number): number {
  try {
    return new Count(operation, schema, most).all();
  } catch (error) {
    // graphql-js refuses such an operation itself when it executes it.
    if (error instanceof GraphQLError) return 0;
    throw error;
  }
}

export function fragmentsOf({ definitions }: DocumentNode): Record<string, FragmentDefinitionNode> {
  const fragments: Record<string, FragmentDefinitionNode> = {};
  for (const part of definitions) if (part.kind === Kind.FRAGMENT_DEFINITION) fragments[part.name.value] = part;
  return fragments;
}

class Count {
  readonly #fragments: Record<string, FragmentDefinitionNode>;
  readonly #variables: Record<string, unknown>;
  /** Keeps what is selected below fields, since each selection is met for many values. */
  readonly #selected = new Map<readonly FieldNode[], Map<string, readonly FieldNode[]>>();
  /** Keeps arguments for the same reason. */
  readonly #arguments = new Map<FieldNode, Record<string, unknown>>();
  #fields = 0;

  constructor(
    private readonly operation: Asked,
    private readonly schema: GraphQLSchema,
    private readonly most: number,
  ) {
    this.#variables = operation.variableValues ?? {};
    this.#fragments = fragmentsOf(operation.document);
  }

  all(): number {
    const { document, operationName } = this.operation;
    const query = this.schema.getQueryType();
    const asked = getOperationAST(document, operationName);
    if (!asked || !query) return 0;
    for (const nodes of collectFields(this.schema, this.#fragments, this.#variables, query, asked.selectionSet).values()) {
      const meta = META_FIELDS.find(({ name }) => name === nodes[0]?.name.value);
      if (meta) this.#add(meta, null, nodes);
    }
    return this.#fields;
  }

  #below(type: GraphQLObjectType, source: unknown, parents: readonly FieldNode[]): void {
    let selected = this.#selected.get(parents);
    if (!selected) {
      selected = collectSubfields(this.schema, this.#fragments, this.#variables, type, parents);
      this.#selected.set(parents, selected);
    }
    const fields = type.getFields();
    for (const nodes of selected.values()) {
      if (this.#fields > this.most) return;
      const field = fields[nodes[0]?.name.value ?? ''];
      if (field) this.#add(field, source, nodes);
      else this.#fields++;
    }
  }

  #add(field: typeof SchemaMetaFieldDef, source: unknown, nodes: readonly FieldNode[]): void {
    this.#fields++;
    const type = getNamedType(field.type);
    const [node] = nodes;
    if (!isObjectType(type) || !node) return;
    const info = { schema: this.schema } as GraphQLResolveInfo;
    const args = this.#arguments.get(node) ?? getArgumentValues(field, node, this.#variables);
    this.#arguments.set(node, args);
    const value = field.resolve ? field.resolve(source, args, null, info) : isRecord(source) && source[field.name];
    for (const one of Array.isArray(value) ? value : [value]) if (isRecord(one)) this.#below(type, one, nodes);
  }
}
