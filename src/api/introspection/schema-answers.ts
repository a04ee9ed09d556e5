import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  type FieldNode,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
} from 'graphql';
import { collectFields } from 'graphql/execution/collectFields.js';
import { LRUCache } from 'lru-cache';
import { nextTurn } from '../../lib/cooperative-loop.js';
import { EncodedValue } from '../execution/response-encoder.js';
import { type Asked, fragmentsOf } from './introspected-fields.js';

/** Remembers this many characters of answers: what tools ask for has some hundred thousand. */
const REMEMBERED_CHARS = 4 * 1024 * 1024;

type Encoded = Record<string, EncodedValue>;
/** Holds the nodes of each root field. */
type Selected = ReadonlyArray<readonly FieldNode[]>;

interface Answer {
  data: Encoded;
  chars: number;
}

/**
 * Answers operations that ask for the schema and for nothing else. graphql-js answers each root field in one go, so each
 * has a turn of the event loop of its own; what it answered is remembered, since the schema stays as it is.
 */
export class SchemaAnswers {
  readonly #known = new LRUCache<DocumentNode, Answer>({ maxSize: REMEMBERED_CHARS, sizeCalculation: ({ chars }) => chars });

  constructor(private readonly schema: GraphQLSchema) {}

  /** Returns null for any other operation, and for one whose answer has an error. */
  async answer(asked: Asked): Promise<ExecutionResult | null> {
    const { document, operationName } = asked;
    const known = this.#known.get(document);
    if (known) return { data: known.data };
    const operation = getOperationAST(document, operationName);
    const fields = operation && this.#rootFields(operation, asked);
    if (!fields) return null;
    const answer = await this.#execute(operation, fields, asked);
    const isAlone = document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION).length === 1;
    if (answer && isAlone && !operation.variableDefinitions?.length) this.#known.set(document, answer);
    return answer && { data: answer.data };
  }

  #rootFields(operation: OperationDefinitionNode, { document, variableValues }: Asked): Selected | null {
    const { schema } = this;
    const query = schema.getQueryType();
    const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variableValues ?? {});
    if (operation.operation !== 'query' || !query || !coerced) return null;
    const fields = [...collectFields(schema, fragmentsOf(document), coerced, query, operation.selectionSet).values()];
    return fields.every(([node]) => node?.name.value.startsWith('__')) ? fields : null;
  }

  async #execute(operation: OperationDefinitionNode, fields: Selected, asked: Asked): Promise<Answer | null> {
    const fragments = asked.document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION);
    const answer: Answer = { data: {}, chars: 1 };
    for (const selections of fields) {
      const one = { ...operation, selectionSet: { kind: Kind.SELECTION_SET, selections } } as const;
      const document: DocumentNode = { kind: Kind.DOCUMENT, definitions: [one, ...fragments] };
      const { data, errors } = await execute({ schema: this.schema, document, variableValues: asked.variableValues });
      if (errors || !data) return null;
      for (const [key, value] of Object.entries(data)) {
        const json = JSON.stringify(value);
        answer.data[key] = new EncodedValue(json);
        answer.chars += json.length;
      }
      await nextTurn();
    }
    return answer;
  }
}
