import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  type FieldNode,
  type GraphQLFieldConfig,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  GraphQLScalarType,
  GraphQLSchema,
  getNamedType,
  isLeafType,
  isNonNullType,
  visit,
} from 'graphql';
import { EncodedValue } from './response-encoder.js';
import { compileSelection, type SelectionEncoder } from './selection-encoder.js';

/** What an operation's context may hold for its executor. */
export interface ExecutionContext {
  /** What its root fields have answered already, if graphql-js has to complete it after all. */
  answered?: Answers;
}

export interface Executor {
  /** For graphql-js: its root fields are not resolved again where they have been before. */
  schema: GraphQLSchema;
  /** @returns null: it has to be executed by graphql-js, with the schema and the same context */
  execute(operation: Operation): Promise<ExecutionResult | null>;
}

export type Operation = Pick<ExecutionArgs, 'document' | 'operationName' | 'variableValues'> & { contextValue: ExecutionContext };

type Field = GraphQLFieldConfig<unknown, ExecutionContext>;
type EncodingField = GraphQLFieldConfig<Answers, ExecutionContext>;

/**
 * Executes parsed and validated operations. graphql-js does all there is to a root field: variables, arguments, order. What lies below is
 * plain data of a use case, and is completed and encoded in one step of ours: of an answer to thousands of recipients graphql-js makes as
 * much garbage as the rest of the call does. To it, such a field is a leaf, whose selection it does not look at. Where that step meets
 * anything but plain data, or an error is to be answered, graphql-js completes the answer from what the use cases have answered.
 */
export function createExecutor(original: GraphQLSchema): Executor {
  const schema = withRootFields(original, (field: Field) => ({
    ...field,
    resolve: (root, args, context, info) =>
      context.answered ? context.answered.again(info) : field.resolve?.(root, args, context, info),
  }));
  const encoding = withRootFields(original, encodingField);

  return {
    schema,
    async execute(operation) {
      const traits = traitsOf(operation.document);
      if (traits.asksForSchema) return null;
      const answers = new Answers(traits);
      const result = await execute({ schema: encoding, rootValue: answers, ...operation });
      if (!result.errors && !answers.areUnusual) return result;
      operation.contextValue.answered = answers;
      return null;
    },
  };
}

/** The schema with these fields changed. Types of values below them stay the same objects. */
function withRootFields<Root>(
  schema: GraphQLSchema,
  change: (field: GraphQLFieldConfig<Root, ExecutionContext>) => GraphQLFieldConfig<Root, ExecutionContext>,
): GraphQLSchema {
  const config = schema.toConfig();
  const changed = (type: GraphQLObjectType | null | undefined) => {
    if (!type) return type;
    const { fields, ...rest } = type.toConfig();
    return new GraphQLObjectType({
      ...rest,
      fields: Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, change(field)])),
    });
  };
  const { query, mutation } = config;
  const types = config.types.filter((type) => type !== query && type !== mutation);
  return new GraphQLSchema({ ...config, query: changed(query), mutation: changed(mutation), types });
}

const encodedType = new GraphQLScalarType({ name: 'EncodedValue' });

function encodingField(field: EncodingField): EncodingField {
  const { type, resolve } = field;
  const isLeaf = isLeafType(getNamedType(type));
  const leafType = isNonNullType(type) ? new GraphQLNonNull(encodedType) : encodedType;
  return {
    ...field,
    type: isLeaf ? type : leafType,
    resolve: (answers, args, context, info) =>
      answers.add(async () => resolve?.(answers, args, context, info), isLeaf ? null : type, info),
  };
}

/** By the one node of a field, where no directive makes another selection of it. */
const encoders = new WeakMap<FieldNode, SelectionEncoder>();

/** Of the entries of an answer that graphql-js completes, so many in one turn of the event loop. */
const ENTRIES_PER_TURN = 200;

/** What the root fields of one operation answer. One may still be under way when an error of another is the answer to all. */
class Answers {
  areUnusual = false;
  readonly #byKey: Array<[key: string | number, answer: Promise<unknown>]> = [];

  constructor(private readonly traits: DocumentTraits) {}

  /** @param type null: what was resolved stays as it is */
  async add(resolve: () => Promise<unknown>, type: GraphQLOutputType | null, info: GraphQLResolveInfo): Promise<unknown> {
    const answer = resolve();
    this.#byKey.push([info.path.key, answer]);
    const value = await answer;
    if (type === null || value === null || value === undefined) return value;
    try {
      const json = this.#encoder(type, info)(value);
      return new EncodedValue(typeof json === 'string' ? json : await json);
    } catch {
      this.areUnusual = true;
      return new EncodedValue('null');
    }
  }

  #encoder(type: GraphQLOutputType, info: GraphQLResolveInfo): SelectionEncoder {
    const [node, ...others] = info.fieldNodes;
    const known = node && encoders.get(node);
    if (known && others.length === 0) return known;
    const encoder = compileSelection(type, info);
    if (node && others.length === 0 && !this.traits.hasDirectives) encoders.set(node, encoder);
    return encoder;
  }

  async again({ path }: GraphQLResolveInfo): Promise<unknown> {
    const answer = this.#byKey.find(([key]) => key === path.key);
    if (!answer) throw new Error('this field was not executed');
    const value = await answer[1];
    return Array.isArray(value) ? completedInTurns(value) : value;
  }
}

/** graphql-js completes a list in one go; what it has to wait for lets others have their turns. */
function completedInTurns(entries: readonly unknown[]): readonly unknown[] {
  if (entries.length <= ENTRIES_PER_TURN) return entries;
  let turn = Promise.resolve();
  return entries.map((entry, i) => {
    if (i < ENTRIES_PER_TURN) return entry;
    if (i % ENTRIES_PER_TURN === 0) turn = turn.then(() => nextTurn());
    return turn.then(() => entry);
  });
}

interface DocumentTraits {
  /** `__schema` and `__type` would show the schema as the executor has changed it. */
  asksForSchema: boolean;
  hasDirectives: boolean;
}

const known = new WeakMap<DocumentNode, DocumentTraits>();

function traitsOf(document: DocumentNode): DocumentTraits {
  const found = known.get(document);
  if (found) return found;
  const traits = { asksForSchema: false, hasDirectives: false };
  visit(document, {
    Field({ name }) {
      if (name.value === '__schema' || name.value === '__type') traits.asksForSchema = true;
    },
    Directive() {
      traits.hasDirectives = true;
    },
  });
  known.set(document, traits);
  return traits;
}
