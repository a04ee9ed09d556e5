import { spawn } from 'node:child_process';
import { createServer, type Server } from 'node:net';

/** Ends the process that hands back copies after this long at the latest, in milliseconds. */
const TIMEOUT_MS = 10_000;
const HAND_BACK = "process.on('message', (message, handle) => process.send(message, handle))";

/** Is a socket of the operating system, as Node keeps it below a server. */
type Handle = object;

/**
 * Accepts connections of a server that listens through copies of its socket's descriptor, as many in each turn
 * of the event loop.
 *
 * libuv accepts one connection of a descriptor in each turn since version 1.45. A node whose turns take 5 ms has
 * 200 a second then, and in a storm of reconnects it serves clients that have given up meanwhile. Node has no
 * call that copies a descriptor, but copies what it sends to another process; so a short-lived one sends them
 * back.
 */
export class ListenerCopies {
  readonly #copies: Server[] = [];

  private constructor(private readonly server: Server) {}

  /** Opens that many copies; the server must listen. */
  static async open(server: Server, count: number): Promise<ListenerCopies> {
    const copies = new ListenerCopies(server);
    try {
      for (const handle of await copiesOf(server, count)) await copies.#listen(handle);
      return copies;
    } catch (error) {
      void copies.close();
      throw error;
    }
  }

  /** Resolves when no copy listens and all connections that they have accepted have ended. */
  async close(): Promise<void> {
    await Promise.all(this.#copies.map((copy) => new Promise((resolve) => copy.close(resolve))));
  }

  #listen(handle: Handle): Promise<void> {
    // Sockets are made as those of `http.Server` are.
    const copy = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.server.emit('connection', socket));
    this.#copies.push(copy);
    return new Promise((resolve, reject) => {
      copy.once('error', reject);
      copy.listen({ _handle: handle }, resolve);
    });
  }
}

function copiesOf(server: Server, count: number): Promise<Handle[]> {
  const { _handle: handle } = server as unknown as { _handle: Handle | null };
  if (handle === null) return Promise.reject(new Error('the server does not listen'));
  const copies: Handle[] = [];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['-e', HAND_BACK], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      env: {},
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    // Each message fails by itself once the server has closed.
    child.on('error', (error) => {
      child.kill('SIGKILL');
      reject(error);
    });
    child.once('exit', () => (copies.length === count ? resolve(copies) : reject(new Error('no copies came back'))));
    child.on('message', (_message, copy) => {
      copies.push(copy as unknown as Handle);
      if (copies.length === count) child.disconnect();
    });
    for (let n = 0; n < count; n++) child.send(n, handle as Server);
  });
}
