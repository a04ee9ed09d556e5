import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { messageFrame } from '../../src/protocol/frames.js';

/** Shows a connection as the node sees it. Queues what the client sent, so that no frame is missed. */
export class NodeSide {
  readonly #frames: Array<Record<string, unknown>> = [];
  readonly #readers: Array<(frame: Record<string, unknown>) => void> = [];
  readonly closed: Promise<number>;
  answersPings: boolean;
  #pings = 0;
  #counters: Array<() => void> = [];

  constructor(
    readonly socket: WebSocket,
    options: { pongs: boolean },
  ) {
    this.answersPings = options.pongs;
    this.closed = once(socket, 'close').then(([code]) => code as number);
    socket.on('message', (data) => {
      const frame = JSON.parse(data.toString()) as Record<string, unknown>;
      if (frame.type === 'ping') {
        if (this.answersPings) socket.send('{"type":"pong"}');
        this.#pings++;
        for (const count of this.#counters.splice(0)) count();
        return;
      }
      const reader = this.#readers.shift();
      if (reader) reader(frame);
      else this.#frames.push(frame);
    });
  }

  /** Takes the next frame that is not a ping. */
  next(): Promise<Record<string, unknown>> {
    const frame = this.#frames.shift();
    return frame ? Promise.resolve(frame) : new Promise((resolve) => this.#readers.push(resolve));
  }

  /** Reads acks until they name this many ids. */
  async acked(count: number): Promise<string[]> {
    const ids: string[] = [];
    while (ids.length < count) ids.push(...((await this.next()).ids as string[]));
    return ids;
  }

  /** Resolves once so many pings have come. */
  async pinged(count: number): Promise<void> {
    while (this.#pings < count) await new Promise<void>((resolve) => this.#counters.push(resolve));
  }

  event(id: string, topic: string, event = 'update'): void {
    const told = { type: 'event', id, topic, event, name: null, data: {}, changed: [], createdAt: '1970-01-01T00:00:00.000Z' };
    this.socket.send(JSON.stringify(told));
  }

  push(id: string, message = `text of ${id}`): void {
    this.socket.send(
      JSON.stringify(messageFrame({ id, message, topic: null, createdAt: 0, expiresAt: null, globalMessageId: null })),
    );
  }
}

/** Serves as little of `tidings.v1` as a client's tests need. */
export async function startNode(options: { pongs: boolean } = { pongs: true }) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: (offered) => [...offered][0] ?? false });
  await once(server, 'listening');
  const waiting: Array<(side: NodeSide) => void> = [];
  const arrived: NodeSide[] = [];
  const urls: string[] = [];
  server.on('connection', (socket, request) => {
    urls.push(request.url ?? '');
    const side = new NodeSide(socket, options);
    const reader = waiting.shift();
    if (reader) reader(side);
    else arrived.push(side);
  });
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    urls,
    /** Waits for the next connection that a client opens. */
    connection(): Promise<NodeSide> {
      const side = arrived.shift();
      return side ? Promise.resolve(side) : new Promise((resolve) => waiting.push(resolve));
    },
    connections: () => server.clients.size,
    async stop(): Promise<void> {
      for (const client of server.clients) client.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
