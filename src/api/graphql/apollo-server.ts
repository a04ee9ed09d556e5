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
import { type FormattedExecutionResult, GraphQLError, type GraphQLSchema } from 'graphql';
import type { Logger } from '../../core/ports/logger.js';
import { formatError } from '../errors/graphql-errors.js';
import { documentTraits } from '../execution/document-traits.js';
import { createExecutor, type Executor, type Operation } from '../execution/executor.js';
import { introspectedFields } from '../execution/introspected-fields.js';
import { IntrospectionPace } from '../execution/introspection-pace.js';
import { refuseQuestions } from '../execution/question-limits.js';
import { encodeInPieces, encodeResponse } from '../execution/response-encoder.js';
import { shortenVariables } from '../execution/short-variables.js';
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
  const refuse = introspectionRefusal(executor.schema);
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
      const refusal = documentTraits(context.document).asksForSchema ? await refuse(context) : null;
      return refusal ?? respond(context);
    },
    async willSendResponse(context) {
      await setStatus(context);
      takeLongAnswer(context);
    },
  };
  return { requestDidStart: async () => listener };
}

/** Takes an answer that is in pieces out of Apollo's hands, which would make one text of it. */
function takeLongAnswer({ response: { body }, contextValue }: GraphQLRequestContextWillSendResponse<ApiContext>): void {
  if (body.kind !== 'single') return;
  contextValue.longAnswer = encodeInPieces(body.singleResult);
  if (contextValue.longAnswer !== null) body.singleResult = {};
}

/** Refuses operations that ask too much of the schema, or too often, before anything is executed. */
function introspectionRefusal(schema: GraphQLSchema): Respond {
  const pace = new IntrospectionPace();
  return async ({ document, request, contextValue }) => {
    const { operationName, variables: variableValues } = request;
    const operation: Omit<Operation, 'contextValue'> = { document, operationName, variableValues };
    const fields = introspectedFields(operation, schema, MAX_INTROSPECTED_FIELDS);
    // Counting takes its time, too.
    const retryAfter = await pace.turn(contextValue.principal.tenantId, fields);
    if (retryAfter === null && fields > MAX_INTROSPECTED_FIELDS) {
      return refused(`the document asks for more than ${MAX_INTROSPECTED_FIELDS} fields of the schema`, {
        code: 'GRAPHQL_VALIDATION_FAILED',
      });
    }
    if (retryAfter === null) return null;
    const answer = refused('the schema is asked for too often', { code: 'RATE_LIMITED', retryAfter });
    answer.http.status = 429;
    answer.http.headers.set('retry-after', String(retryAfter));
    return answer;
  };
}

function refused(message: string, extensions: Record<string, unknown>) {
  const singleResult: FormattedExecutionResult = { errors: [new GraphQLError(message, { extensions }).toJSON()] };
  const http: { status?: number; headers: HeaderMap } = { headers: new HeaderMap() };
  return { http, body: { kind: 'single' as const, singleResult } };
}

/** Lets the executor execute operations. Apollo executes what the executor leaves to graphql-js. */
const executedBy =
  (executor: Executor): Respond =>
  async ({ document, request, contextValue }) => {
    const { operationName, variables: variableValues } = request;
    const singleResult = await executor.execute({ document, operationName, variableValues, contextValue });
    if (singleResult === null) return null;
    // An error formats itself when it is encoded.
    const body = { kind: 'single' as const, singleResult: singleResult as FormattedExecutionResult };
    return { http: { headers: new HeaderMap() }, body };
  };

const apolloLogger = (logger: Logger) => ({
  debug: (message?: unknown) => logger.debug({}, String(message)),
  info: (message?: unknown) => logger.debug({}, String(message)),
  warn: (message?: unknown) => logger.warn({}, String(message)),
  error: (message?: unknown) => logger.error({}, String(message)),
});
