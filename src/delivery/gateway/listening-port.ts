import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from '../../core/ports/logger.js';
import { ListenerCopies } from '../../lib/http/listener-copies.js';

/** Lets this many connections wait to be accepted. */
const BACKLOG = 4096;

export interface ListeningPortConfig {
  host: string;
  /** 0 picks a free one. */
  port: number;
  /** Connections that are accepted in each turn of the event loop. Default 1. */
  acceptsPerTurn?: number | undefined;
}

/** Listens on the node's port, or leaves new connections to other workers. */
export class ListeningPort {
  #accepts = true;
  #copies: Promise<ListenerCopies | null> = Promise.resolve(null);

  constructor(
    private readonly server: Server,
    private readonly config: ListeningPortConfig,
    private readonly logger: Logger,
  ) {}

  /** Resolves to the port once it is listened on. */
  async listen(): Promise<number> {
    const { host, port, acceptsPerTurn = 1 } = this.config;
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen({ host, port, backlog: BACKLOG }, () => {
        this.server.off('error', reject);
        resolve();
      });
    });
    if (acceptsPerTurn > 1) this.#copies = this.#copy(acceptsPerTurn - 1);
    return (this.server.address() as AddressInfo).port;
  }

  /**
   * Takes new connections, or leaves them to the other workers that listen on the same port. Those that are
   * open stay.
   */
  accept(accepts: boolean): void {
    if (accepts === this.#accepts) return;
    this.#accepts = accepts;
    if (accepts) this.listen().catch((error) => this.logger.error({ err: error }, 'the port cannot be listened on again'));
    else void this.#end();
  }

  /** Ends the connections of HTTP, and resolves once all others have ended, too. */
  async close(): Promise<void> {
    const ended = this.#end();
    await this.#copies;
    this.server.closeAllConnections();
    await ended;
  }

  async #copy(count: number): Promise<ListenerCopies | null> {
    try {
      return await ListenerCopies.open(this.server, count);
    } catch (error) {
      if (this.server.listening) this.logger.warn({ err: error }, 'connections are accepted one at a time');
      return null;
    }
  }

  async #end(): Promise<void> {
    const copies = this.#copies.then((opened) => opened?.close());
    await new Promise((resolve) => this.server.close(resolve));
    await copies;
  }
}
