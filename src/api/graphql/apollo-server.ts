import { ApolloServer, type ApolloServerPlugin, HeaderMap } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import type { FormattedExecutionResult } from 'graphql';
import type { Logger } from '../../core/ports/logger.js';
import { formatError } from '../errors/graphql-errors.js';
import { createExecutor, type Executor } from '../execution/executor.js';
import { encodeResponse } from '../execution/response-encoder.js';
import { DOCUMENT_LIMITS } from './document-limits.js';
import { operationTypeRule } from './operation-type-rule.js';
import type { ApiContext } from './request-context.js';
import { responseStatus } from './response-status.js';
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
    validationRules: [operationTypeRule],
    parseOptions: { maxTokens: DOCUMENT_LIMITS.tokens },
    logger: apolloLogger(logger),
    plugins: [
      executedBy(executor),
      responseStatus,
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginCacheControlDisabled(),
    ],
  });
}

/** Lets the executor execute operations. Apollo executes what the executor leaves to graphql-js. */
const executedBy = (executor: Executor): ApolloServerPlugin<ApiContext> => ({
  async requestDidStart() {
    return {
      async responseForOperation({ document, request, contextValue }) {
        const { operationName, variables: variableValues } = request;
        const singleResult = await executor.execute({ document, operationName, variableValues, contextValue });
        if (singleResult === null) return null;
        // An error formats itself when it is encoded.
        const body = { kind: 'single' as const, singleResult: singleResult as FormattedExecutionResult };
        return { http: { headers: new HeaderMap() }, body };
      },
    };
  },
});

const apolloLogger = (logger: Logger) => ({
  debug: (message?: unknown) => logger.debug({}, String(message)),
  info: (message?: unknown) => logger.debug({}, String(message)),
  warn: (message?: unknown) => logger.warn({}, String(message)),
  error: (message?: unknown) => logger.error({}, String(message)),
});
