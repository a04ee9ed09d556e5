import { connect } from 'node:net';
import type pg from 'pg';

/** How long the server may take to read it, in milliseconds. */
const PATIENCE_MS = 500;
/** CancelRequest, of the frontend/backend protocol of PostgreSQL. */
const CANCEL_REQUEST = 80_877_102;

/** The process that the server named at the start of the connection. PgBouncer makes it up. */
export const serverProcessOf = (client: pg.PoolClient): unknown => ('processID' in client ? client.processID : null);

/**
 * Asks the server to give up what it does for this connection: one that is only closed goes on with its statement to the end. Resolves
 * when the server has read it, or after a while; never rejects.
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
    // Without TLS even where the connection has it: the request holds no secret but the key of the statement that it ends.
    const socket = connect(host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port });
    socket.setTimeout(PATIENCE_MS, () => socket.destroy());
    socket.on('error', () => {});
    // The server closes without an answer.
    socket.on('close', () => resolve());
    socket.resume();
    socket.write(request);
  });
}
