import { randomUUID } from 'node:crypto';
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

/** Names a request in its answer; a caller may have named it by the same header. */
export const REQUEST_ID_HEADER = 'x-request-id';

const GIVEN = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * Returns the id of a request: the caller's if that is sound, else a new one. It becomes the request's own
 * header, so that everybody who asks gets the same one.
 */
export function requestIdOf({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers[REQUEST_ID_HEADER];
  if (typeof given === 'string' && GIVEN.test(given)) return given;
  const made = randomUUID();
  headers[REQUEST_ID_HEADER] = made;
  return made;
}

const UNREADABLE_STATUS: Record<string, number> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  HPE_HEADER_OVERFLOW: 431,
};

/** Answers what Node could not read as a request, with the status that Node has for it, and an id. */
export function answerUnreadable(error: NodeJS.ErrnoException, tcp: Duplex): void {
  if (tcp.writable && error.code !== 'ECONNRESET') {
    const status = UNREADABLE_STATUS[error.code ?? ''] ?? 400;
    tcp.write(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n${REQUEST_ID_HEADER}: ${randomUUID()}\r\n\r\n`,
    );
  }
  tcp.destroy(error);
}
