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

/** Knows for whom answers are kept, and what the request keeps. */
interface Keeping {
  principal: { tenantId: string };
  answerRooms: AnswerRooms;
  answerRoom: Promise<Kept> | null;
}

/**
 * Bounds the answers to queries that are kept for each tenant, from before their rows are read until they are sent: a
 * client asks for 8 MiB on as many connections as it likes, and need not read any of them. Further ones wait.
 */
export class AnswerRooms {
  readonly #rooms = new ByteRooms(TENANT_BYTES);

  /** Keeps room for a request's longest answer, whichever of its fields asks first. */
  async enter(keeping: Keeping): Promise<void> {
    keeping.answerRoom ??= this.#rooms.enter(keeping.principal.tenantId, LONGEST_BYTES);
    await keeping.answerRoom;
  }

  /** Sends a long answer as fast as it is read, and keeps room for it until then. */
  async send(keeping: Keeping, answer: JsonPieces, response: ServerResponse): Promise<Readable> {
    const kept = await keeping.answerRoom;
    keeping.answerRoom = null;
    if (kept !== null) {
      kept.shrink(answer.bytes);
      response.once('close', kept.leave);
      if (response.destroyed) kept.leave();
    }
    response.setTimeout(STALLED_MS, () => response.destroy());
    return Readable.from(answer.take(), { objectMode: false });
  }

  /** Gives back the room of a request whose answer is short. */
  leave({ answerRoom }: Keeping): void {
    void answerRoom?.then((kept) => kept.leave());
  }
}
