import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { TidingsError } from '../../core/domain/errors.js';
import type { Principal } from '../../core/domain/scope.js';
import type { Admin } from '../../core/ports/admin.js';
import type { Logger } from '../../core/ports/logger.js';
import { badRequest, describeError, failedCallStatus } from '../errors/graphql-errors.js';
import type { ApiKeyAuthenticator } from './api-key-authenticator.js';
import { CONSOLE_HEADERS, type ConsoleFiles } from './console-files.js';
import { MAX_BODY_BYTES, RequestRefused, readJsonBody } from './json-body.js';
import { prefersPage } from './media-type.js';

/** Longer than the 60 s after which load balancers drop an idle connection, so that none sends into one that we have just closed. */
const KEEP_ALIVE_MS = 75_000;
/** For the whole of a request to come in. */
const REQUEST_TIMEOUT_MS = 300_000;

const PATH = '/graphql';
const ADMIN_PATHS = ['/healthz', '/readyz', '/metrics'];

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose key it came with. Not in a WeakMap: its young entries keep requests, with their answers, alive through collections. */
    principal: Principal | null;
  }
}

interface HttpServerDeps {
  apiKeys: ApiKeyAuthenticator;
  execute: (request: FastifyRequest, reply: FastifyReply, principal: Principal) => Promise<string | Buffer>;
  consoleFiles: ConsoleFiles;
  /** Null if these paths are served elsewhere. */
  admin: Admin | null;
  isDraining: () => boolean;
  logger: Logger;
}

/** What there is to HTTP about the API: who may ask what, in which form, and how it is refused. */
export function createHttpServer({ apiKeys, execute, consoleFiles, admin, isDraining, logger }: HttpServerDeps): FastifyInstance {
  const server = Fastify({
    logger: false,
    genReqId: () => randomUUID(),
    bodyLimit: MAX_BODY_BYTES,
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // What still comes on a connection that is being closed is answered like anything else, and then the connection ends.
    return503OnClosing: false,
  });
  server.decorateRequest('principal', null);

  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', (request: FastifyRequest, payload: IncomingMessage) =>
    readJsonBody(request.headers, payload),
  );
  server.setErrorHandler((error, request, reply) => sendError(error, request, reply, logger));
  server.setNotFoundHandler((_request, reply) => reply.code(404).send(badRequest('not found')));
  server.addHook('onSend', (_request, reply, _payload, done) => {
    if (isDraining()) reply.header('connection', 'close');
    done();
  });

  // Before a byte of the body is read.
  const onRequest = async (request: FastifyRequest) => {
    if (isPageRequest(request)) return;
    const key = request.headers['x-api-key'];
    request.principal = await apiKeys.authenticate(Array.isArray(key) ? key[0] : key);
  };

  server.route({
    method: ['GET', 'POST'],
    url: PATH,
    onRequest,
    handler: (request, reply) => {
      const { principal } = request;
      return principal ? execute(request, reply, principal) : sendPageFile(reply, consoleFiles, 'index.html');
    },
  });
  server.route({
    method: ['DELETE', 'OPTIONS', 'PATCH', 'PUT'],
    url: PATH,
    onRequest: async (request, reply) => {
      await onRequest(request);
      return reply.code(405).header('allow', 'GET, POST').send(badRequest('GraphQL is asked by POST, or by GET for queries'));
    },
    handler: async () => {},
  });
  server.get<{ Params: { '*': string } }>(`${PATH}/console/*`, (request, reply) =>
    sendPageFile(reply, consoleFiles, request.params['*']),
  );

  for (const path of admin ? ADMIN_PATHS : []) {
    server.get(path, async (_request, reply) => {
      const answer = await admin?.(path);
      if (!answer) return reply.callNotFound();
      return reply
        .code(answer.status)
        .headers(answer.headers ?? {})
        .type(answer.contentType)
        .send(answer.body);
    });
  }
  return server;
}

const isPageRequest = (request: FastifyRequest) =>
  (request.method === 'GET' || request.method === 'HEAD') && prefersPage(request.headers.accept);

function sendPageFile(reply: FastifyReply, files: ConsoleFiles, name: string): FastifyReply {
  const file = files.get(name);
  reply.headers(CONSOLE_HEADERS);
  return file
    ? reply.type(file.contentType).send(file.body)
    : reply.code(404).type('text/plain; charset=utf-8').send('not found\n');
}

function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply, logger: Logger): FastifyReply {
  const refusal = statusOfRefusal(error);
  if (refusal !== null) return reply.code(refusal).send(badRequest(error instanceof Error ? error.message : 'bad request'));

  const described = describeError(error, { requestId: request.id, logger });
  const status = failedCallStatus([described]) ?? 500;
  // RFC 9110 section 11.6.1: a 401 says what is wanted.
  if (status === 401) reply.header('www-authenticate', 'ApiKey header="x-api-key"');
  return reply.code(status).send({ errors: [described] });
}

/** Status of what is wrong with the request itself, by our own judgement or Fastify's. */
function statusOfRefusal(error: unknown): number | null {
  if (error instanceof TidingsError) return null;
  if (error instanceof RequestRefused) return error.statusCode;
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : null;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : null;
}
