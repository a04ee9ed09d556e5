import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { TidingsError } from '../../core/domain/errors.js';
import type { Principal } from '../../core/domain/scope.js';
import type { Admin } from '../../core/ports/admin.js';
import type { DebugLog } from '../../core/ports/debug-log.js';
import type { Logger } from '../../core/ports/logger.js';
import type { TenantLimiter } from '../../core/ports/tenant-limiter.js';
import { FairTurns } from '../../lib/fair-turns.js';
import { headTimeouts } from '../../lib/http/http-timeouts.js';
import type { IdleSockets } from '../../lib/http/idle-sockets.js';
import { boundPipelining } from '../../lib/http/pipelining.js';
import { answerUnreadable, REQUEST_ID_HEADER, requestIdOf } from '../../lib/http/request-id.js';
import { badRequest, describeError, failedCallStatus } from '../errors/graphql-errors.js';
import { SSE_HEADERS, wholeAnswer } from '../sse/sse-frames.js';
import { BodyBudget } from './body-budget.js';
import { MAX_BODY_BYTES, RequestRefused, readJsonBody } from './json-body.js';
import { EVENT_STREAM_TYPE, negotiateMediaType, prefersPage } from './media-type.js';
import type { PageFiles } from './page-files.js';
import { API_PATH, API_VARY, servePages } from './pages.js';
import { rateLimitHeaders } from './rate-limit-headers.js';
import type { AuthenticateRequest } from './request-authenticator.js';
import { serveSchema } from './schema-file.js';

/**
 * Keeps idle connections longer than load balancers, which drop them after 60 s: none sends into a connection
 * that the server has just closed.
 */
const KEEP_ALIVE_MS = 75_000;
/** Waits at most this long for a whole request, in milliseconds. */
const REQUEST_TIMEOUT_MS = 300_000;

const ADMIN_PATHS = ['/healthz', '/readyz', '/metrics'];

declare module 'fastify' {
  interface FastifyRequest {
    /**
     * Caller by the request's key. A WeakMap in its place would keep requests, with their answers, alive
     * through collections of young objects.
     */
    principal: Principal | null;
  }
}

interface HttpServerDeps {
  authenticate: AuthenticateRequest;
  execute: (request: FastifyRequest, reply: FastifyReply, principal: Principal) => Promise<string | Buffer | Readable>;
  /** Knows what is left to the tenant of a request. */
  limiter: Pick<TenantLimiter, 'isLimited' | 'rates'>;
  /** The schema as one text. */
  schemaText: string;
  /** Files of the pages for people, and where the console may connect to. */
  pages: { graphiql: PageFiles; app: PageFiles; publicDeliveryUrl: string };
  /** Answers the endpoints for operators; null if they are served elsewhere. */
  admin: Admin | null;
  isDraining: () => boolean;
  /** Bounds how long the head of a request may take, in milliseconds. */
  headTimeoutMs?: number | undefined;
  /** Bounds the connections that have no request under way. */
  idleSockets: IdleSockets;
  logger: Logger;
  debug: DebugLog;
  /** Returns a caller's address. */
  addressOf: (request: IncomingMessage) => string;
}

/** Creates the API's HTTP server: who may ask what, in which form, and how requests are refused. */
export function createHttpServer(deps: HttpServerDeps): FastifyInstance {
  const { authenticate, execute, limiter, admin, isDraining, logger } = deps;
  const server = Fastify({
    logger: false,
    http: headTimeouts(deps.headTimeoutMs),
    routerOptions: { ignoreTrailingSlash: true },
    genReqId: requestIdOf,
    clientErrorHandler: answerUnreadable,
    bodyLimit: MAX_BODY_BYTES,
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // A request on a connection that is being closed is answered like any other; then the connection ends.
    return503OnClosing: false,
  });
  boundPipelining(server.server);
  server.decorateRequest('principal', null);
  deps.idleSockets.watch(server.server);

  server.removeAllContentTypeParsers();
  const bodies = new BodyBudget();
  const turns = new FairTurns();
  server.addContentTypeParser('application/json', (request: FastifyRequest, payload: IncomingMessage) => {
    const length = request.headers['content-length'];
    const tenantId = request.principal?.tenantId ?? '';
    const room = bodies.enter(tenantId, length === undefined ? null : Number(length));
    const read = () => readJsonBody(request.headers, payload, () => turns.next(tenantId));
    return room === null ? read() : room.then((kept) => read().finally(kept.leave));
  });
  server.setErrorHandler((error, request, reply) => {
    if (deps.debug.enabled) tellRefused(deps, request, error);
    return sendError(error, request, reply, logger);
  });
  server.setNotFoundHandler((_request, reply) => reply.code(404).send(badRequest('not found')));
  server.addHook('onSend', (request, reply, _payload, done) => {
    reply.header(REQUEST_ID_HEADER, request.id);
    const tenantId = request.principal?.tenantId;
    if (tenantId !== undefined && limiter.isLimited(tenantId)) reply.headers(rateLimitHeaders(limiter.rates(tenantId)));
    reply.header('x-content-type-options', 'nosniff');
    if (isDraining()) reply.header('connection', 'close');
    done();
  });

  const sendGraphiql = servePages(server, deps.pages);
  // Runs before a byte of the body is read.
  const onRequest = async (request: FastifyRequest, reply: FastifyReply) => {
    if (isPageRequest(request)) return;
    reply.header('vary', API_VARY);
    reply.header('cache-control', 'private, no-store');
    request.principal = await authenticate(request.raw);
  };

  server.route({
    method: ['GET', 'POST'],
    url: API_PATH,
    onRequest,
    handler: (request, reply) => {
      const { principal } = request;
      return principal ? execute(request, reply, principal) : sendGraphiql(request, reply);
    },
  });
  server.route({
    method: ['DELETE', 'OPTIONS', 'PATCH', 'PUT'],
    url: API_PATH,
    onRequest: async (request, reply) => {
      await onRequest(request, reply);
      return reply.code(405).header('allow', 'GET, POST').send(badRequest('GraphQL is asked by POST, or by GET for queries'));
    },
    handler: async () => {},
  });
  serveSchema(server, deps.schemaText, authenticate);
  if (admin) serveAdmin(server, admin);
  return server;
}

function serveAdmin(server: FastifyInstance, admin: Admin): void {
  for (const path of ADMIN_PATHS) {
    server.get(path, async (_request, reply) => {
      const answer = await admin(path);
      if (!answer) return reply.callNotFound();
      return reply
        .code(answer.status)
        .headers(answer.headers ?? {})
        .type(answer.contentType)
        .send(answer.body);
    });
  }
}

const isPageRequest = (request: FastifyRequest) =>
  (request.method === 'GET' || request.method === 'HEAD') && prefersPage(request.headers.accept);

/** A client of events whose key is good gets errors as events, too. */
const isAnsweredByEvents = ({ principal, method, headers }: FastifyRequest): boolean =>
  principal !== null && negotiateMediaType(headers.accept, method) === EVENT_STREAM_TYPE;

function tellRefused({ debug, addressOf }: HttpServerDeps, request: FastifyRequest, error: unknown): void {
  const code = error instanceof TidingsError ? error.code : statusOfRefusal(error);
  const tenant = request.principal?.tenantId;
  debug.line('call refused', {
    requestId: request.id,
    tenant,
    code: code ?? 'INTERNAL_SERVER_ERROR',
    address: addressOf(request.raw),
  });
}

function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply, logger: Logger): FastifyReply {
  const refusal = statusOfRefusal(error);
  const refused = () => badRequest(error instanceof Error ? error.message : 'bad request');
  const described = refusal === null ? describeError(error, { requestId: request.id, logger }) : null;
  if (isAnsweredByEvents(request)) {
    const answer = described === null ? refused() : { errors: [described] };
    return reply
      .code(200)
      .headers(SSE_HEADERS)
      .send(wholeAnswer(JSON.stringify(answer)));
  }
  if (described === null) return reply.code(refusal ?? 400).send(refused());

  const status = failedCallStatus([described]) ?? 500;
  // RFC 9110, section 11.6.1: a 401 names the scheme.
  if (status === 401) reply.header('www-authenticate', 'ApiKey header="x-api-key"');
  const retryAfter = described.extensions?.retryAfter;
  if (typeof retryAfter === 'number') reply.header('retry-after', String(retryAfter));
  return reply.code(status).send({ errors: [described] });
}

/** Returns the status of a request that is itself wrong, as Fastify or this server judged; null otherwise. */
function statusOfRefusal(error: unknown): number | null {
  if (error instanceof TidingsError) return null;
  if (error instanceof RequestRefused) return error.statusCode;
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : null;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : null;
}
