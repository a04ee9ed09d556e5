import {
  ApolloServer,
  type ApolloServerPlugin,
  type GraphQLRequestContextWillSendResponse,
  type GraphQLRequestListener,
  HeaderMap,
} from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { type ExecutionResult, type FormattedExecutionResult, GraphQLError, type GraphQLSchema } from 'graphql';
import type { Logger } from '../../core/ports/logger.js';
import { formatError } from '../errors/graphql-errors.js';
import { documentTraits } from '../execution/document-traits.js';
import { createExecutor, type Executor } from '../execution/executor.js';
import { refuseQuestions } from '../execution/question-limits.js';
import { encodeInPieces, encodeResponse } from '../execution/response-encoder.js';
import { shortenVariables } from '../execution/short-variables.js';
import { type Asked, introspectedFields } from '../introspection/introspected-fields.js';
import { IntrospectionPace } from '../introspection/introspection-pace.js';
import { SchemaAnswers } from '../introspection/schema-answers.js';
import { refuseOverJson, subscribing } from '../sse/subscription-operation.js';
import { unconditionalRootRule } from '../sse/unconditional-root-rule.js';
import { AnswerBudget } from './answer-budget.js';
import { DOCUMENT_LIMITS } from './document-limits.js';
import { operationTypeRule } from './operation-type-rule.js';
import type { ApiContext } from './request-context.js';
import { setStatus } from './response-status.js';
import { createSchema } from './schema.js';

/**
 * Creates Apollo Server without anything that talks to the outside, whatever the environment says. It parses
 * and validates each text once.
 */
export function createApolloServer(logger: Logger): ApolloServer<ApiContext> {
  const executor = createExecutor(createSchema());
  return new ApolloServer<ApiContext>({
    schema: executor.schema,
    introspection: true,
    includeStacktraceInErrorResponses: false,
    formatError,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    stringifyResult: encodeResponse,
    // Not needed: every call needs x-api-key, a header that a page of another origin can set only after a
    // preflight, which is never granted.
    csrfPrevention: false,
    stopOnTerminationSignals: false,
    validationRules: [operationTypeRule, unconditionalRootRule],
    parseOptions: { maxTokens: DOCUMENT_LIMITS.tokens },
    logger: apolloLogger(logger),
    plugins: [
      requests(executor),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginCacheControlDisabled(),
    ],
  });
}

/**
 * Bounds the fields that one operation asks of the schema. Tools ask for all of it, some thousands; more come
 * only of aliases, and of types within types.
 */
const MAX_INTROSPECTED_FIELDS = 15_000;

type Respond = NonNullable<GraphQLRequestListener<ApiContext>['responseForOperation']>;

/**
 * Listens to requests. All share one listener: Apollo waits for each listener at each step of a request, which
 * costs microseconds.
 */
function requests(executor: Executor): ApolloServerPlugin<ApiContext> {
  const askSchema = answeredBySchema(executor.schema);
  const respond = executedBy(executor);
  const subscribe = subscribing(executor.schema, (context: ApiContext) => ({ ...context, answer: new AnswerBudget() }));
  const listener: GraphQLRequestListener<ApiContext> = {
    didResolveOperation(context) {
      refuseOverJson(context);
      const { operation, request } = context;
      if (operation && request.variables) shortenVariables(executor.schema, operation, request.variables);
      return refuseQuestions(context);
    },
    async responseForOperation(context) {
      if (context.operation?.operation === 'subscription') return subscribe(context);
      const answer = documentTraits(context.document).asksForSchema ? await askSchema(context) : null;
      return answer ?? respond(context);
    },
    willSendResponse(context) {
      takeLongAnswer(context);
      return setStatus(context);
    },
  };
  return { requestDidStart: async () => listener };
}

/** Takes an answer that is in pieces out of Apollo's hands, which would make one text of it. */
function takeLongAnswer({ response: { body }, contextValue }: GraphQLRequestContextWillSendResponse<ApiContext>): void {
  if (body.kind !== 'single') return;
  const { place } = contextValue;
  place.long = encodeInPieces(body.singleResult);
  if (place.long !== null) body.singleResult = {};
}

/**
 * Answers operations that ask for nothing but the schema, and refuses those that ask too much of it, or too often,
 * before anything is executed.
 */
function answeredBySchema(schema: GraphQLSchema): Respond {
  const pace = new IntrospectionPace();
  const answers = new SchemaAnswers(schema);
  return async ({ document, request, contextValue }) => {
    const { operationName, variables: variableValues } = request;
    const asked: Asked = { document, operationName, variableValues };
    const fields = introspectedFields(asked, schema, MAX_INTROSPECTED_FIELDS);
    // Counting takes its time, too.
    const retryAfter = await pace.turn(contextValue.principal.tenantId, fields);
    if (retryAfter !== null) return refusedForNow(retryAfter);
    if (fields > MAX_INTROSPECTED_FIELDS) {
      return refused(`the document asks for more than ${MAX_INTROSPECTED_FIELDS} fields of the schema`, {
        code: 'GRAPHQL_VALIDATION_FAILED',
      });
    }
    const answer = await answers.answer(asked);
    return answer && answered(answer);
  };
}

function refusedForNow(retryAfter: number) {
  const answer = refused('the schema is asked for too often', { code: 'RATE_LIMITED', retryAfter });
  answer.http.status = 429;
  answer.http.headers.set('retry-after', String(retryAfter));
  return answer;
}

const refused = (message: string, extensions: Record<string, unknown>) =>
  answered({ errors: [new GraphQLError(message, { extensions }).toJSON()] });

function answered(result: ExecutionResult | FormattedExecutionResult) {
  // An error formats itself when it is encoded.
  const singleResult = result as FormattedExecutionResult;
  const http: { status?: number; headers: HeaderMap } = { headers: new HeaderMap() };
  return { http, body: { kind: 'single' as const, singleResult } };
}

/** Lets the executor execute operations. Apollo executes what the executor leaves to graphql-js. */
const executedBy =
  (executor: Executor): Respond =>
  async ({ document, request, contextValue }) => {
    const { operationName, variables: variableValues } = request;
    const result = await executor.execute({ document, operationName, variableValues, contextValue });
    return result && answered(result);
  };

const apolloLogger = (logger: Logger) => ({
  debug: (message?: unknown) => logger.debug({}, String(message)),
  info: (message?: unknown) => logger.debug({}, String(message)),
  warn: (message?: unknown) => logger.warn({}, String(message)),
  error: (message?: unknown) => logger.error({}, String(message)),
});
