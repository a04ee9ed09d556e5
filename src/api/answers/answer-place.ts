import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { ByteRooms, type Kept } from '../../lib/byte-rooms.js';
import type { JsonPieces } from '../../lib/json/json-pieces.js';
import { AnswerForecast } from './answer-forecast.js';

/** Bounds one tenant's answers that are kept, in bytes: some are sent while others are read. */
const KEPT_BYTES = 48 * 1024 * 1024;
/** Is what the longest answer to a query takes, and a little more. */
const LONGEST_BYTES = 9.5 * 1024 * 1024;
/** Ends the connection of a client that has read nothing of a long answer for so long, in milliseconds. */
const STALLED_MS = 30_000;

/** Is where the answers of all tenants are kept. */
export class AnswerRooms {
  readonly kept = new ByteRooms(KEPT_BYTES);
  /**
   * Holds answers that are being read from the database and encoded: of one tenant the longest one, or many short
   * ones. Several long ones at once take as long, and each turn of the event loop has a part of every one.
   */
  readonly made = new ByteRooms(LONGEST_BYTES);
  readonly forecast: AnswerForecast;

  /** @param now is in milliseconds, of a clock that never goes back */
  constructor(now: () => number = () => performance.now()) {
    this.forecast = new AnswerForecast(now);
  }
}

/** What a request has in the rooms. */
interface Entered {
  kept: Kept;
  made: Kept;
  /** Items that its pages were asked for. */
  items: number;
}

/**
 * Is where a request's answer is kept. What is kept of answers to queries is bounded for each tenant, from before their
 * rows are read until they are sent: a client asks for 8 MiB on as many connections as it likes, and need not read any
 * of them. Further ones wait.
 */
export class AnswerPlace {
  /** Is set where the answer is long: Apollo answers with nothing then. */
  long: JsonPieces | null = null;
  #entered: Promise<Entered> | null = null;
  #isSent = false;

  constructor(
    private readonly rooms: AnswerRooms,
    private readonly tenantId: string,
  ) {}

  /**
   * Keeps room for a request's longest answer, and waits for its turn to be made, whichever of its fields asks first.
   * @param items that all pages of the request may have
   */
  async enter(items: number): Promise<void> {
    this.#entered ??= this.#enter(items);
    await this.#entered;
  }

  /** Sends a long answer as fast as it is read, and keeps room for it until then. */
  async send(answer: JsonPieces, response: ServerResponse): Promise<Readable> {
    this.finish(answer.bytes);
    const entered = await this.#entered;
    this.#isSent = true;
    if (entered !== null) {
      entered.kept.shrink(answer.bytes);
      response.once('close', entered.kept.leave);
      if (response.destroyed) entered.kept.leave();
    }
    response.setTimeout(STALLED_MS, () => response.destroy());
    return Readable.from(answer.take(), { objectMode: false });
  }

  /** Lets the next answer be made, and learns from the length of this one, in bytes. */
  finish(bytes: number): void {
    void this.#entered?.then(({ made, items }) => {
      this.rooms.forecast.learn(this.tenantId, items, bytes);
      made.leave();
    });
  }

  /** Gives back the room, unless a long answer is being sent. One that still waits gives it back once it has it. */
  leave(): void {
    void this.#entered?.then(({ kept, made }) => {
      made.leave();
      if (!this.#isSent) kept.leave();
    });
  }

  async #enter(items: number): Promise<Entered> {
    const { kept, made, forecast } = this.rooms;
    const keeping = await kept.enter(this.tenantId, LONGEST_BYTES);
    const bytes = Math.min(LONGEST_BYTES, forecast.bytesOf(this.tenantId, items));
    return { kept: keeping, made: await made.enter(this.tenantId, bytes), items };
  }
}
