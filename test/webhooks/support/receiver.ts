import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

/** A request as a receiver of webhooks saw it. */
export interface Received {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

type Respond = (response: ServerResponse, request: Received) => unknown;

/** Receives webhooks on 127.0.0.1, and answers as it is told to. */
export class Receiver {
  readonly requests: Received[] = [];
  /** Says how the next requests are answered. */
  respond: Respond = (response) => response.end();
  readonly #sockets = new Set<Socket>();
  readonly #waiting = new Set<() => void>();
  readonly #close: () => void;

  private constructor(
    readonly url: string,
    readonly port: number,
    close: () => void,
  ) {
    this.#close = close;
  }

  static async start(tls?: { key: string; cert: string }): Promise<Receiver> {
    let receiver: Receiver | undefined;
    const listen = (request: IncomingMessage, response: ServerResponse) => void receiver?.accept(request, response);
    const server = tls ? createTlsServer(tls, listen) : createServer(listen);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const started = new Receiver(`${tls ? 'https' : 'http'}://127.0.0.1:${port}/hook`, port, () => server.close());
    server.on('connection', (socket) => started.#sockets.add(socket));
    receiver = started;
    return started;
  }

  get connections(): number {
    return this.#sockets.size;
  }

  /** Resolves once so many requests have come. */
  async received(count: number): Promise<Received[]> {
    while (this.requests.length < count) await new Promise<void>((resolve) => this.#waiting.add(resolve));
    return this.requests;
  }

  stop(): void {
    this.#close();
    for (const socket of this.#sockets) socket.destroy();
  }

  async accept(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = '', url = '', headers } = request;
    const received = { method, url, headers, body: Buffer.concat(chunks).toString() };
    this.requests.push(received);
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
    this.respond(response, received);
  }
}
