import { rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';

const path = (socketFolder: string) => join(socketFolder, 'owner');

/** Tells other processes, by a socket, that we look after the server. The kernel closes it when we end. */
export async function declareOwner(socketFolder: string): Promise<{ close(): void }> {
  const watchers = new Set<Socket>();
  const server = createServer((socket) => {
    watchers.add(socket);
    socket.unref();
    socket.on('error', () => {});
    socket.on('close', () => watchers.delete(socket));
    socket.resume();
  });
  // Only the process whose server has claimed the data comes here, so a socket that exists is left over.
  await rm(path(socketFolder), { force: true });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path(socketFolder), resolve));
  server.unref();
  return {
    close: () => {
      server.close();
      for (const socket of watchers) socket.destroy();
    },
  };
}

/** Connects to the process that looks after the server, if one does. The socket closes when that ends. */
export function watchOwner(socketFolder: string): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = connect(path(socketFolder));
    socket.once('connect', () => {
      socket.unref();
      resolve(socket);
    });
    socket.on('error', () => resolve(null));
    socket.resume();
  });
}
