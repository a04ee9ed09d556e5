import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { badRequest } from '../errors/graphql-errors.js';
import type { AuthenticateRequest } from './request-authenticator.js';

const PATH = '/schema.graphql';

/** Serves the whole schema as one file to whoever has a key, so that a tenant's tools can generate types from it. */
export function serveSchema(server: FastifyInstance, schemaText: string, authenticate: AuthenticateRequest): void {
  const etag = `"${createHash('sha256').update(schemaText).digest('base64url')}"`;
  const onRequest = async (request: FastifyRequest, reply: FastifyReply) => {
    reply.header('vary', 'x-api-key');
    reply.header('cache-control', 'private, no-store');
    request.principal = await authenticate(request.raw);
  };
  server.get(PATH, { onRequest }, (request, reply) => {
    // It may be kept, but is asked for again each time: another version of the service has another one.
    reply.header('cache-control', 'private, no-cache').header('etag', etag);
    if (matches(request.headers['if-none-match'], etag)) return reply.code(304).send();
    return reply.type('text/plain; charset=utf-8').send(schemaText);
  });
  server.route({
    method: ['DELETE', 'OPTIONS', 'PATCH', 'POST', 'PUT'],
    url: PATH,
    // Answers before a body is looked at.
    onRequest: async (request, reply) => {
      await onRequest(request, reply);
      return reply.code(405).header('allow', 'GET, HEAD').send(badRequest('the schema is read by GET'));
    },
    handler: async () => {},
  });
}

/** Compares as RFC 9110, section 13.1.2 says: weakly, with a list, or with `*`. */
function matches(header: string | undefined, etag: string): boolean {
  const named = (header ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return named.some((tag) => tag === '*' || tag === etag);
}
