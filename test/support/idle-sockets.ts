import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Opens so many connections that ask nothing. */
export async function openIdleSockets(port: number, count: number): Promise<Socket[]> {
  const sockets = Array.from({ length: count }, () => connect(port, '127.0.0.1').on('error', () => {}));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  return sockets;
}

/** Resolves once the other side has closed it. */
export async function closedByPeer(socket: Socket): Promise<void> {
  if (!socket.closed) await once(socket.resume(), 'close');
}
