import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { prefersPage } from './media-type.js';
import type { PageFile, PageFiles } from './page-files.js';

/** Where the API is, which shares its URL with a page for people. */
export const API_PATH = '/graphql';
/** Its answers differ by these headers. */
export const API_VARY = 'accept, x-api-key';
const CONSOLE_PATH = '/console';

/** Says at `/` where to go, to whoever does not come with a browser. */
const SIGNPOST = `This is an API port of Tidings.

POST ${API_PATH}         the API, with the header x-api-key; a browser finds GraphiQL there
GET /schema.graphql   all that it has, for any valid key
GET ${CONSOLE_PATH}          the console, for a browser
GET /healthz, /readyz how this node is, unless that is on a port of its own

Pages connect to another port, where connectionUri leads: registerRecipient answers it.
`;

/**
 * Makes the headers of a page's files: the page loads nothing from outside, nobody frames it, and it sends
 * its address nowhere.
 */
const headersOf = (sources: string, vary: string) => ({
  'content-security-policy': `default-src 'self'; ${sources}base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'referrer-policy': 'no-referrer',
  vary,
});

interface PagesDeps {
  /** Files of GraphiQL's page. */
  graphiql: PageFiles;
  /** Files of the console. */
  app: PageFiles;
  /** Base of `connectionUri`: the console may connect there. */
  publicDeliveryUrl: string;
}

export type SendPage = (request: FastifyRequest, reply: FastifyReply) => FastifyReply;

/**
 * Serves what is for people: the console, and the files of GraphiQL's page. Needs no key.
 * @returns what sends GraphiQL's page itself, whose URL is the API's
 */
export function servePages(server: FastifyInstance, { graphiql, app, publicDeliveryUrl }: PagesDeps): SendPage {
  const consoleHeaders = headersOf(`connect-src 'self'${originOf(publicDeliveryUrl)}; `, 'accept-encoding');
  const graphiqlHeaders = headersOf('', 'accept-encoding');
  const pageHeaders = headersOf('', `${API_VARY}, accept-encoding`);

  server.get('/', (request, reply) => {
    reply.header('vary', 'accept');
    if (!prefersPage(request.headers.accept)) return reply.type('text/plain; charset=utf-8').send(SIGNPOST);
    // Relative to the page: a proxy may have put a prefix before it.
    return reply.header('cache-control', 'no-cache').redirect(CONSOLE_PATH.slice(1), 302);
  });
  server.get(CONSOLE_PATH, (request, reply) => sendFile(request, reply, app.get('index.html'), consoleHeaders));
  serveAssets(server, CONSOLE_PATH, CONSOLE_PATH, (request, reply, name) =>
    sendFile(request, reply, app.get(name), consoleHeaders),
  );
  serveAssets(server, API_PATH, `${API_PATH}/graphiql`, (request, reply, name) =>
    sendFile(request, reply, graphiql.get(name), graphiqlHeaders),
  );
  return (request, reply) => sendFile(request, reply, graphiql.get('index.html'), pageHeaders);
}

/**
 * Serves the files of a page. It names them relative to its own path; asked for with a slash at the end, it
 * finds them one level deeper.
 */
function serveAssets(
  server: FastifyInstance,
  page: string,
  folder: string,
  send: (request: FastifyRequest, reply: FastifyReply, name: string) => FastifyReply,
): void {
  for (const path of [folder, `${page}${folder}`]) {
    server.get<{ Params: { '*': string } }>(`${path}/*`, (request, reply) => send(request, reply, request.params['*']));
  }
}

/** @returns the origin behind a blank, for a list of sources; nothing if there is no such URL */
function originOf(url: string): string {
  return URL.canParse(url) ? ` ${new URL(url).origin}` : '';
}

function sendFile(request: FastifyRequest, reply: FastifyReply, file: PageFile | undefined, headers: object): FastifyReply {
  reply.headers({ ...headers });
  if (!file) return reply.code(404).header('cache-control', 'no-cache').type('text/plain; charset=utf-8').send('not found\n');
  const accepted = acceptedEncodings(request.headers['accept-encoding']);
  const form = file.forms.find(({ encoding }) => encoding === null || accepted.has(encoding)) as PageFile['forms'][number];
  reply.header('etag', form.etag);
  reply.header('cache-control', file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache');
  if (request.headers['if-none-match']?.includes(form.etag)) return reply.code(304).send();
  if (form.encoding) reply.header('content-encoding', form.encoding);
  return reply.type(file.contentType).send(form.body);
}

/** Reads which encodings a browser takes (RFC 9110, section 12.5.3); `*` is not worth more than the file as it is. */
function acceptedEncodings(header: string | string[] | undefined): Set<string> {
  const parts = String(header ?? '')
    .toLowerCase()
    .split(',');
  return new Set(parts.filter((part) => !/;\s*q=0(\.0*)?\s*$/.test(part)).map((part) => part.split(';')[0]?.trim() ?? ''));
}
