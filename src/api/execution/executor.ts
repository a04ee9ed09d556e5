import {
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  type GraphQLFieldConfig,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLScalarType,
  GraphQLSchema,
  getNamedType,
  isLeafType,
  isNonNullType,
} from 'graphql';
import type { FairSemaphore } from '../../lib/fair-semaphore.js';
import { documentTraits } from './document-traits.js';
import type { Viewer } from './hidden-texts.js';
import { RootFieldAnswers } from './root-field-answers.js';

/** The part of an operation's context that belongs to its executor. */
export interface ExecutionContext extends Viewer {
  /** Set if graphql-js has to complete the answer: what the root fields have answered already. */
  answered?: RootFieldAnswers;
  /** Bounds how many root fields are under way; set by the first of several. */
  fieldTurns?: FairSemaphore;
}

export interface Executor {
  /** The schema for graphql-js. Its root fields are not resolved again where they have been before. */
  schema: GraphQLSchema;
  /** @returns null if graphql-js has to execute the operation, with `schema` and the same context */
  execute(operation: Operation): Promise<ExecutionResult | null>;
}

export type Operation = Pick<ExecutionArgs, 'document' | 'operationName' | 'variableValues'> & { contextValue: ExecutionContext };

type Field = GraphQLFieldConfig<unknown, ExecutionContext>;
type EncodingField = GraphQLFieldConfig<RootFieldAnswers, ExecutionContext>;

/**
 * Executes parsed and validated operations. graphql-js executes root fields; what lies below them is plain
 * data, which is completed and encoded in one step. Where it is not plain, or an error is to be answered,
 * graphql-js completes the answer. See docs/design/executor.md.
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
      const traits = documentTraits(operation.document);
      if (traits.asksForSchema) return null;
      const answers = new RootFieldAnswers(traits, operation.contextValue.hidesTexts);
      const result = await execute({ schema: encoding, rootValue: answers, ...operation });
      if (!result.errors && !answers.areUnusual) return result;
      operation.contextValue.answered = answers;
      return null;
    },
  };
}

/** Changes the root fields of a schema. Types of values below them stay the same objects. */
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
