import { WebSocket } from 'ws';
import { V1 } from '../../protocol/subprotocols.js';

/** How a connection ended. */
export interface SocketEnd {
  /** Close code of the WebSocket, or the HTTP status of a handshake that was refused; null where nothing answered. */
  code: number | null;
  reason: string;
  /** Seconds after which to come back, if the node said so. */
  retryAfterS: number | null;
}

interface SocketDeps {
  uri: string;
  stop: AbortSignal;
  onOpen(): void;
  /** Gets each frame, and a way to answer. */
  onFrame(frame: Record<string, unknown>, send: (frame: object) => void): void;
}

/** Asks so often whether the node is still there, in milliseconds; one that says nothing until the next time is not. */
const PING_MS = 30_000;

/** Connects as a client of `tidings.v1`, and resolves when the connection has ended. Never rejects. */
export function listenOnce({ uri, stop, onOpen, onFrame }: SocketDeps): Promise<SocketEnd> {
  return new Promise((resolve) => {
    const socket = new WebSocket(uri, V1);
    let heard = true;
    const timer = setInterval(() => {
      if (!heard) return socket.terminate();
      heard = false;
      if (socket.readyState === WebSocket.OPEN) socket.send('{"type":"ping"}');
    }, PING_MS);
    const onStop = () => socket.close(1000);
    stop.addEventListener('abort', onStop, { once: true });
    const end = (code: number | null, reason: string, retryAfter: string | null = null) => {
      clearInterval(timer);
      stop.removeEventListener('abort', onStop);
      resolve({ code, reason, retryAfterS: retryAfter !== null && /^\d+$/.test(retryAfter) ? Number(retryAfter) : null });
    };
    socket.on('open', () => (stop.aborted ? onStop() : onOpen()));
    socket.on('message', (data) => {
      heard = true;
      onFrame(JSON.parse(String(data)), (frame) => socket.send(JSON.stringify(frame)));
    });
    socket.on('unexpected-response', (request, response) => {
      const retryAfter = response.headers['retry-after'] ?? null;
      end(response.statusCode ?? null, `the handshake was answered ${response.statusCode}`, retryAfter);
      request.destroy();
    });
    socket.on('error', (error) => end(null, error.message));
    socket.on('close', (code, reason) => end(code, String(reason), /(\d+) s/.exec(String(reason))?.[1] ?? null));
  });
}
