import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Lets so many requests of a connection wait for the answer to a former one. Browsers let none. */
const MOST_WAITING = 16;

/** Makes the parser leave the rest of what was read; HPE_PAUSED of llhttp, which Node hands it through. */
const PAUSED = 21;

const WAITING = Symbol('waiting');

/** As Node's HTTP server keeps it: the answer that is under way, and how many wait behind it. */
interface BusySocket extends Socket {
  _httpMessage?: unknown;
  /** Asks `onIncoming` after each head how to go on. */
  parser?: { onIncoming: unknown } | null;
  [WAITING]?: number;
}

/**
 * Bounds the requests that a connection sends before it is answered; concerns those who listen already.
 *
 * Node parses all that one read brings, more than a thousand requests, in one turn of the event loop: 16
 * connections blocked it for 0.3 s. So a connection that sends too many ends, and its parser stops where it
 * is (10 to 25 ms). Where Node's parser has no such place, it goes on to the end of the read.
 */
export function boundPipelining(server: Server): void {
  const listeners = server.listeners('request') as RequestListener[];
  server.removeAllListeners('request');
  for (const handle of listeners) {
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const socket = request.socket as BusySocket;
      // Most requests are alone, and cost this comparison.
      if (socket._httpMessage !== response && !waits(socket, response)) return;
      void handle.call(server, request, response as Parameters<RequestListener>[1]);
    });
  }
}

/** Counts a request that came too early; false if it is one too many, or behind one. */
function waits(socket: BusySocket, response: ServerResponse): boolean {
  if (socket.destroyed) return false;
  const waiting = (socket[WAITING] ?? 0) + 1;
  if (waiting > MOST_WAITING) {
    socket.destroy();
    if (socket.parser) socket.parser.onIncoming = () => PAUSED;
    return false;
  }
  socket[WAITING] = waiting;
  response.once('close', () => {
    socket[WAITING] = (socket[WAITING] ?? 1) - 1;
  });
  return true;
}
