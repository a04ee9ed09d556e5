import { rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';

const path = (socketFolder: string) => join(socketFolder, 'owner');

/** Tells other processes that somebody looks after the server: the kernel ends it with us, however we end. */
export async function declareOwner(socketFolder: string): Promise<{ close(): void }> {
  const watchers = new Set<Socket>();
  const server = createServer((socket) => {
    watchers.add(socket);
    socket.unref();
    socket.on('error', () => {});
    socket.on('close', () => watchers.delete(socket));
    socket.resume();
  });
  // Only the process whose server got hold of the data comes here, so what is found is left from before.
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

/** A connection to the process that looks after the server: it closes when that process ends. Null if there is none. */
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
