import type { Readable } from 'node:stream';
import { FairTurns } from '../../lib/fair-turns.js';
import { systemTimers } from '../../lib/time/timers.js';

/** Lets what clients send take this long in one turn of the event loop, in milliseconds. */
const TURN_MS = 3;

/** Hands on this much of what came in before it looks at the clock: a thousand frames of the smallest size. */
const PIECE_BYTES = 8 * 1024;

/**
 * Hands on so little at once, whatever else has been done: receipts are shorter, and who judges clients by their
 * pongs looks once all that had arrived was handed on.
 */
const SMALL_BYTES = 1024;

const kHeld = Symbol('held');

/** A socket's stream, whose bytes go to the `ws` library. */
interface Reading extends Readable {
  /** Holds what came in and has yet to be handed on; undefined where nothing has. */
  [kHeld]?: Buffer[] | undefined;
}

/**
 * Hands on what clients send, in turns by tenant, some milliseconds of it in each turn of the event loop. One
 * read brings up to 64 KiB, and one turn up to 32 reads of each socket: thousands of frames, which would hold up
 * everybody. What is held back is one read of a socket, which is not read on meanwhile, so the rest stays with the
 * client.
 */
export class ReadTurns {
  constructor(private readonly turns = new FairTurns(systemTimers.now, TURN_MS)) {}

  /**
   * Hands on a chunk, at once or in a turn to come.
   * @param owner whose turn it takes
   * @returns false to read no more until the stream asks for it
   */
  take(stream: Reading, owner: string, chunk: Buffer): boolean {
    const held = stream[kHeld];
    if (held === undefined && (chunk.length <= SMALL_BYTES || this.turns.isFree)) return this.#push(stream, owner, chunk);
    if (held === undefined) this.#hold(stream, owner, [chunk]);
    else held.push(chunk);
    return false;
  }

  #hold(stream: Reading, owner: string, chunks: Buffer[]): void {
    stream[kHeld] = chunks;
    this.turns.ask(owner, () => this.#goOn(stream, owner));
  }

  #goOn(stream: Reading, owner: string): void {
    // Mostly one; one more if the stream asked for it before the first was handed on whole.
    const [chunk, ...others] = stream[kHeld] ?? [];
    stream[kHeld] = undefined;
    if (chunk !== undefined) this.#push(stream, owner, others.length === 0 ? chunk : Buffer.concat([chunk, ...others]));
  }

  #push(stream: Reading, owner: string, chunk: Buffer): boolean {
    let isRoom = true;
    for (let from = 0; from < chunk.length && !stream.destroyed; from += PIECE_BYTES) {
      if (from > 0 && this.turns.isSpent) {
        this.#hold(stream, owner, [chunk.subarray(from)]);
        return false;
      }
      isRoom = stream.push(chunk.subarray(from, from + PIECE_BYTES));
    }
    return isRoom;
  }
}
