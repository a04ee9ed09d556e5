import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { ByteRooms, type Kept } from '../../lib/byte-rooms.js';
import type { JsonPieces } from '../../lib/json/json-pieces.js';

/** Bounds one tenant's answers, in bytes: as many pages as its share of ten connections reads at once. */
const TENANT_BYTES = 48 * 1024 * 1024;
/** Is what the longest answer to a query takes, and a little more. */
const LONGEST_BYTES = 9.5 * 1024 * 1024;
/** Ends the connection of a client that has read nothing of a long answer for so long, in milliseconds. */
const STALLED_MS = 30_000;

/** Creates the rooms of all tenants. */
export const createAnswerRooms = (): ByteRooms => new ByteRooms(TENANT_BYTES);

/**
 * Is where a request's answer is kept. What is kept of answers to queries is bounded for each tenant, from before their
 * rows are read until they are sent: a client asks for 8 MiB on as many connections as it likes, and need not read any
 * of them. Further ones wait.
 */
export class AnswerPlace {
  /** Is set where the answer is long: Apollo answers with nothing then. */
  long: JsonPieces | null = null;
  #kept: Promise<Kept> | null = null;

  constructor(
    private readonly rooms: ByteRooms,
    private readonly tenantId: string,
  ) {}

  /** Keeps room for a request's longest answer, whichever of its fields asks first. */
  async enter(): Promise<void> {
    this.#kept ??= this.rooms.enter(this.tenantId, LONGEST_BYTES);
    await this.#kept;
  }

  /** Sends a long answer as fast as it is read, and keeps room for it until then. */
  async send(answer: JsonPieces, response: ServerResponse): Promise<Readable> {
    const kept = await this.#kept;
    this.#kept = null;
    if (kept !== null) {
      kept.shrink(answer.bytes);
      response.once('close', kept.leave);
      if (response.destroyed) kept.leave();
    }
    response.setTimeout(STALLED_MS, () => response.destroy());
    return Readable.from(answer.take(), { objectMode: false });
  }

  /** Gives back the room, unless a long answer is being sent. */
  leave(): void {
    void this.#kept?.then((kept) => kept.leave());
  }
}
