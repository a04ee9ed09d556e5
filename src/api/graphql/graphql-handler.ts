import type { Readable } from 'node:stream';
import { type ApolloServer, HeaderMap, type HTTPGraphQLResponse } from '@apollo/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GraphQLError } from 'graphql';
import type { Principal } from '../../core/domain/scope.js';
import type { DebugLog } from '../../core/ports/debug-log.js';
import type { Logger } from '../../core/ports/logger.js';
import type { TenantLimiter } from '../../core/ports/tenant-limiter.js';
import { nextTurn } from '../../lib/cooperative-loop.js';
import { isRecord } from '../../lib/is-record.js';
import type { JsonPieces } from '../../lib/json/json-pieces.js';
import { AnswerPlace, AnswerRooms } from '../answers/answer-place.js';
import type { AuditTrail } from '../audit/audit-trail.js';
import { RequestRefused } from '../http/json-body.js';
import { EVENT_STREAM_TYPE, JSON_TYPE, type MediaType, negotiateMediaType } from '../http/media-type.js';
import { RequestTurns } from '../http/request-turns.js';
import { Following } from '../sse/following.js';
import { SSE_HEADERS, wholeAnswer, wholeLongAnswer } from '../sse/sse-frames.js';
import type { SseSubscriptions } from '../sse/sse-subscriptions.js';
import type { UseCases } from '../use-cases.js';
import { AnswerBudget } from './answer-budget.js';
import { tellRefusedDocument } from './call-lines.js';
import { createDocumentLimits } from './document-limits.js';
import type { ApiContext } from './request-context.js';

interface GraphQLHandlerDeps {
  apollo: ApolloServer<ApiContext>;
  useCases: UseCases;
  audit: AuditTrail;
  limiter: Pick<TenantLimiter, 'charge'>;
  subscriptions: SseSubscriptions;
  logger: Logger;
  debug: DebugLog;
}

/** Body of an answer. */
export type AnswerBody = string | Buffer | Readable;

/** Longest answer that is sent as a string, in characters. */
const SENT_AT_ONCE_CHARS = 128 * 1024;

/** Handles a request of a known caller: Fastify's request to Apollo, Apollo's answer to Fastify. */
export function createGraphQLHandler(deps: GraphQLHandlerDeps) {
  const { apollo, useCases, audit, limiter, subscriptions, logger, debug } = deps;
  const findExcess = createDocumentLimits();
  const turns = new RequestTurns();
  const answerRooms = new AnswerRooms();

  return async (request: FastifyRequest, reply: FastifyReply, principal: Principal): Promise<AnswerBody> => {
    const mediaType = negotiateMediaType(request.headers.accept, request.method);
    // Checked before anything is executed: Apollo would find out after a mutation has taken place.
    if (mediaType === null) throw new RequestRefused(406, 'the answer is application/json or application/graphql-response+json');
    const turn = turns.enter(principal.tenantId);
    let begunAt = 0;
    try {
      if (turn !== null) await turn;
      begunAt = performance.now();
      return await answerInTurn(request, reply, principal, mediaType);
    } finally {
      turns.leave(principal.tenantId, performance.now() - begunAt);
    }
  };

  async function answerInTurn(
    request: FastifyRequest,
    reply: FastifyReply,
    principal: Principal,
    mediaType: MediaType,
  ): Promise<AnswerBody> {
    const search = request.method === 'POST' ? '' : searchOf(request.url);

    const excess = findExcess(documentText(request, search));
    if (excess !== null) return refuseDocument(reply, mediaType, excess);

    const following = followingOf(request, reply, mediaType, subscriptions);
    const context: ApiContext = {
      principal,
      hidesTexts: principal.scope.hidesTexts,
      request: request.raw,
      requestId: request.id,
      audit,
      limiter,
      note: null,
      mediaType,
      useCases,
      logger,
      debug,
      answer: new AnswerBudget(),
      place: new AnswerPlace(answerRooms, principal.tenantId),
      following,
    };
    try {
      const answer = await apollo.executeHTTPGraphQLRequest({
        httpGraphQLRequest: {
          method: request.method === 'HEAD' ? 'GET' : request.method,
          headers: headersOf(request, mediaType),
          search,
          body: request.body,
        },
        context: async () => context,
      });
      if (debug.enabled) tellRefusedDocument(debug, { requestId: request.id, tenant: principal.tenantId }, answer);
      const body = following === null ? takeAnswer(answer, reply) : takeEvents(answer, reply, following);
      return context.place.long === null ? sendShort(context, await body) : await sendLong(context, context.place.long, reply);
    } finally {
      context.place.leave();
    }
  }
}

function sendShort({ place }: ApiContext, body: AnswerBody): AnswerBody {
  if (typeof body === 'string' || body instanceof Buffer) place.finish(body.length);
  return body;
}

async function sendLong({ place, following }: ApiContext, json: JsonPieces, reply: FastifyReply): Promise<Readable> {
  const answer = following === null ? json : wholeLongAnswer(json);
  const body = await place.send(answer, reply.raw);
  reply.header('content-length', answer.bytes);
  return body;
}

/** Makes a place for a subscription; null where the answer is JSON. */
function followingOf(
  { id: requestId, headers, principal }: FastifyRequest,
  { raw: response }: FastifyReply,
  mediaType: MediaType,
  subscriptions: SseSubscriptions,
): Following | null {
  if (mediaType !== EVENT_STREAM_TYPE) return null;
  const [apiKey, lastEventId] = [String(headers['x-api-key']), String(headers['last-event-id'] ?? '')];
  return new Following(subscriptions, { tenantId: principal?.tenantId ?? '', apiKey, requestId, response }, lastEventId || null);
}

/** Answers with the events of a subscription, or with the only one of any other operation. */
function takeEvents(
  { status, body }: HTTPGraphQLResponse,
  reply: FastifyReply,
  following: Following,
): Readable | Promise<Buffer> {
  if (body.kind !== 'complete') throw new Error('answers are never sent in parts');
  reply.code(200).headers(SSE_HEADERS);
  if (following.body !== null) return following.body;
  if (status === 500) requireRequestId(body.string);
  return inBytes(wholeAnswer(body.string));
}

/** Takes status and headers from an answer of Apollo, and returns its body. */
function takeAnswer({ status = 200, headers, body }: HTTPGraphQLResponse, reply: FastifyReply): string | Promise<Buffer> {
  if (body.kind !== 'complete') throw new Error('answers are never sent in parts');
  if (status === 500) requireRequestId(body.string);
  for (const [name, value] of headers) reply.header(name, value);
  reply.code(status);
  return body.string.length > SENT_AT_ONCE_CHARS ? inBytes(body.string) : body.string;
}

/** Apollo itself failed if there is no id. It has told the log why; the answer is that to any fault. */
function requireRequestId(answer: string): void {
  if (!answer.includes('"requestId"')) throw new Error('an operation failed outside its execution');
}

/**
 * Encodes a longer answer in an event-loop turn of its own: encoding takes milliseconds, and sending does
 * again.
 */
async function inBytes(answer: string): Promise<Buffer> {
  await nextTurn();
  const bytes = Buffer.from(answer);
  await nextTurn();
  return bytes;
}

/** Returns the query of a URL. GraphQL over HTTP: an empty `operationName` there counts as not given. */
function searchOf(url: string): string {
  const start = url.indexOf('?');
  if (start === -1) return '';
  const search = url.slice(start);
  return search.includes('operationName=') ? search.replace(EMPTY_OPERATION_NAME, '$1') : search;
}

const EMPTY_OPERATION_NAME = /([?&])operationName=(?:&|$)/;

function documentText({ method, body }: FastifyRequest, search: string): string {
  const text = method === 'POST' ? isRecord(body) && body.query : new URLSearchParams(search).get('query');
  return typeof text === 'string' ? text : '';
}

// The answer is that to a document that cannot be parsed.
function refuseDocument(reply: FastifyReply, mediaType: MediaType, excess: string): string {
  const error = new GraphQLError(`the document has ${excess}`, { extensions: { code: 'GRAPHQL_PARSE_FAILED' } });
  if (mediaType === EVENT_STREAM_TYPE) {
    reply.headers(SSE_HEADERS);
    return wholeAnswer(JSON.stringify({ errors: [error] }));
  }
  reply.code(mediaType === JSON_TYPE ? 200 : 400).header('content-type', `${mediaType}; charset=utf-8`);
  return JSON.stringify({ errors: [error] });
}

/** Copies the headers that Apollo reads. Of events it knows nothing: it answers with what one of them tells. */
function headersOf({ headers: { accept, 'content-type': contentType } }: FastifyRequest, mediaType: MediaType): HeaderMap {
  const headers = new HeaderMap();
  if (mediaType === EVENT_STREAM_TYPE) headers.set('accept', JSON_TYPE);
  else if (accept !== undefined) headers.set('accept', accept);
  if (contentType !== undefined) headers.set('content-type', contentType);
  return headers;
}
