import { connect } from 'node:net';
import type pg from 'pg';

/** Waits at most this long for the server to read the request, in milliseconds. */
const REQUEST_TIMEOUT_MS = 500;
/** Code of CancelRequest in the frontend/backend protocol of PostgreSQL. */
const CANCEL_REQUEST = 80_877_102;

/** Returns the process id that the server named when the connection began. PgBouncer makes it up. */
export const serverProcessOf = (client: object): unknown => ('processID' in client ? client.processID : null);

/**
 * Asks the server to cancel the statement of a connection. Closing the connection alone would not end it.
 *
 * Resolves when the server has read the request, or after a time limit; never rejects.
 */
export function sendCancelRequest(client: pg.PoolClient): Promise<void> {
  const processId = serverProcessOf(client);
  const secretKey = 'secretKey' in client ? client.secretKey : null;
  if (typeof secretKey !== 'number' || typeof processId !== 'number') return Promise.resolve();
  const { host, port } = client;
  const request = Buffer.alloc(16);
  request.writeInt32BE(16, 0);
  request.writeInt32BE(CANCEL_REQUEST, 4);
  request.writeInt32BE(processId, 8);
  request.writeInt32BE(secretKey, 12);
  return new Promise((resolve) => {
    // Without TLS even where the connection has it: the only secret in it is the key of
    // the statement that it ends.
    const socket = connect(host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port });
    socket.setTimeout(REQUEST_TIMEOUT_MS, () => socket.destroy());
    socket.on('error', () => {});
    // The server closes the connection without an answer.
    socket.on('close', () => resolve());
    socket.resume();
    socket.write(request);
  });
}
