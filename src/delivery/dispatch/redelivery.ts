import { GenerationalSet } from '../../lib/generational-set.js';
import type { Connection } from '../connection/connection.js';
import { askAll } from './bus-event-dispatcher.js';
import type { ConnectionRegistry } from './connection-registry.js';

/** Has what an ended connection left unconfirmed sent again to the recipient's other connections. */
export class Redelivery {
  /** Messages that ended connections had not confirmed, for the metrics. */
  readonly #sentAgain = new GenerationalSet();

  /** @param rows of global messages that are not made yet */
  constructor(
    private readonly registry: Pick<ConnectionRegistry, 'connections'>,
    private readonly rows: { flushed(): Promise<void> },
  ) {}

  /** Whether another connection had got its frame before. */
  has(id: string): boolean {
    return this.#sentAgain.has(id);
  }

  /** Forgets the older generation of messages. */
  rotate(): void {
    this.#sentAgain.rotate();
  }

  /** Takes over from a connection that is no longer registered. */
  takeOver({ sender: { window }, claims: { tenantId, recipient } }: Connection): void {
    if (window.size === 0) return;
    let rowless = false;
    for (const { id, rowId } of window.entries()) {
      this.#sentAgain.add(id);
      if (rowId === null) rowless = true;
    }
    for (const { ids } of window.batches) {
      for (const id of ids) this.#sentAgain.add(id);
      rowless = true;
    }
    // The others ask the database, which knows what was settled meanwhile, on whatever node. One that opens
    // before the rows are made is among them.
    const ask = () => askAll(this.registry.connections(tenantId, recipient));
    if (rowless) void this.rows.flushed().then(ask);
    else ask();
  }
}
