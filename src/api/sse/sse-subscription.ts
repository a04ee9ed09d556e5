import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { ExecutionResult } from 'graphql';
import { TidingsError } from '../../core/domain/errors.js';
import type { Logger } from '../../core/ports/logger.js';
import type { Metrics } from '../../core/ports/metrics.js';
import { nextTurn } from '../../lib/cooperative-loop.js';
import { describeError } from '../errors/graphql-errors.js';
import { SseBody } from './sse-body.js';
import { COMMENT, COMPLETE, nextFrame } from './sse-frames.js';

/** What a subscription is told of: something with a position to come back to. */
export interface SourceEvent {
  id: string;
}

/**
 * Why a subscription ended. After `slow`, `shutdown` and `database` the client comes back; after `completed`,
 * `refused`, `key` and `fault` it was told that no result follows; after `client` it has left.
 */
export type SubscriptionEnd = keyof Metrics['statusSubscriptionsEnded'];

interface SseSubscriptionDeps {
  requestId: string;
  response: ServerResponse;
  /** Returns milliseconds of a clock that only grows. */
  now(): number;
  logger: Logger;
  /** Hears of events that were written. */
  onWritten(events: number): void;
  /** Hears once that nothing more is written, and then once that the client is gone. */
  onEnd(reason: SubscriptionEnd): void;
  onClosed(): void;
}

/** Gathers this many bytes of frames into one write, which is a turn of the event loop. */
const WRITE_BYTES = 16 * 1024;
/** Writes a comment this often, in milliseconds. */
const COMMENT_MS = 15_000;
/** Lets a client that takes nothing go after this time, in milliseconds. */
const STALL_MS = 60_000;

/** One open subscription: takes events from its source as fast as the client takes frames, and no faster. */
export class SseSubscription {
  readonly #abort = new AbortController();
  readonly #body: SseBody;
  #commentedAt: number;
  #hasEnded = false;

  constructor(private readonly deps: SseSubscriptionDeps) {
    this.#body = new SseBody(deps.response, deps.now, () => {
      this.#end('client');
      deps.onClosed();
    });
    this.#commentedAt = deps.now();
    // Some clients see nothing of an answer, its head included, until there is a byte of the body.
    this.#body.push(COMMENT);
  }

  get body(): Readable {
    return this.#body.stream;
  }

  /** Is aborted when nothing more is written, so that the source lets go of what it holds. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Writes what the source has, until one of them ends. Never rejects. */
  async run<Event extends SourceEvent>(
    source: AsyncIterable<readonly Event[]>,
    execute: (event: Event) => Promise<ExecutionResult>,
  ): Promise<void> {
    try {
      for await (const events of source) {
        await this.#write(events, execute);
        if (this.#hasEnded) return;
      }
      this.finish('completed');
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Tells the client of an error, if there is one, and that no result follows. */
  finish(reason: SubscriptionEnd, error?: unknown): void {
    if (this.#hasEnded) return;
    if (error !== undefined) this.#body.push(nextFrame(JSON.stringify({ errors: [describeError(error, this.deps)] })));
    this.#body.push(COMPLETE);
    this.#end(reason);
    this.#body.end();
  }

  /** Closes the connection without a word, so that the client comes back, here or elsewhere. */
  close(reason: SubscriptionEnd): void {
    if (this.#hasEnded) return;
    this.#end(reason);
    // Whoever takes nothing would not take the end, either.
    if (reason === 'slow') this.deps.response.destroy();
    else this.#closeBehindEnd();
  }

  /** Does what is due by time: a comment, or the end of a client that takes nothing. */
  tick(): void {
    const now = this.deps.now();
    if (this.#body.stalledMs() >= STALL_MS) {
      if (this.#hasEnded) this.deps.response.destroy();
      else this.close('slow');
      return;
    }
    if (this.#hasEnded || now - this.#commentedAt < COMMENT_MS) return;
    this.#commentedAt = now;
    if (this.#body.waiting === 0) this.#body.push(COMMENT);
  }

  #closeBehindEnd(): void {
    const { response } = this.deps;
    response.once('finish', () => response.req.socket.destroySoon());
    this.#body.end();
  }

  async #write<Event extends SourceEvent>(
    events: readonly Event[],
    execute: (event: Event) => Promise<ExecutionResult>,
  ): Promise<void> {
    let frames = '';
    let count = 0;
    for (const [index, event] of events.entries()) {
      frames += nextFrame(JSON.stringify(await execute(event)), event.id);
      count++;
      if (frames.length < WRITE_BYTES && index < events.length - 1) continue;
      if (this.#hasEnded) return;
      this.deps.onWritten(count);
      await this.#body.write(frames);
      frames = '';
      count = 0;
      await nextTurn();
    }
  }

  #fail(error: unknown): void {
    if (this.#hasEnded) return;
    if (!(error instanceof TidingsError)) this.finish('fault', error);
    else if (error.code === 'SERVICE_UNAVAILABLE') this.close('database');
    else this.finish('refused', error);
  }

  #end(reason: SubscriptionEnd): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#abort.abort();
    this.deps.onEnd(reason);
  }
}
