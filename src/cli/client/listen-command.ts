import { setTimeout as delay } from 'node:timers/promises';
import { ConnectionError, ServiceUnavailableError, type Tidings } from '../../../packages/sdk/src/index.js';
import { CommandFailed } from '../../app/command-failed.js';
import { CLOSE } from '../../protocol/close-codes.js';
import type { MessageFrame } from '../../protocol/frames.js';
import type { Io } from '../io.js';
import { listenOnce, type SocketEnd } from './listening-socket.js';
import { type ClientOptions, untilStopped, withClient } from './open-client.js';

interface ListenOptions extends ClientOptions {
  topic?: string;
  ack?: boolean;
}

/** What a node sends to a connection that confirms nothing, by default: MAX_UNCONFIRMED_MESSAGES. */
const SHOWN_WITHOUT_ACK = 256;
/** Remembers so many ids, so that what comes again on another connection is shown once. */
const REMEMBERED = 100_000;
const FIRST_PAUSE_MS = 1_000;
const MOST_PAUSE_MS = 30_000;

/**
 * Prints what a recipient gets, until it is stopped. Without `--ack` it takes nothing from the recipient: what it
 * prints stays PENDING.
 */
export async function listen(io: Io, recipient: string, options: ListenOptions): Promise<void> {
  await withClient(io, options, (tidings) => untilStopped(io, (stop) => listenOn(tidings, io, recipient, options, stop)));
}

async function listenOn(tidings: Tidings, io: Io, recipient: string, options: ListenOptions, stop: AbortSignal): Promise<void> {
  const printer = new Printer(io, options);
  printer.greet(recipient);
  let hasBeenOpen = false;
  for (let failed = 0; !stop.aborted; ) {
    const end = await register(tidings, recipient, options, stop).then(
      (uri) =>
        listenOnce({
          uri,
          stop,
          onOpen: () => {
            hasBeenOpen = true;
            failed = 0;
            printer.note('connected');
          },
          onFrame: (frame, send) => printer.take(frame, send),
        }),
      (error: unknown) => endOf(error, hasBeenOpen),
    );
    if (stop.aborted) return;
    requireReturn(end);
    failed++;
    const pauseMs = Math.max((end.retryAfterS ?? 0) * 1000, Math.min(MOST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failed - 1)));
    printer.note(`${wordsOf(end)}: connecting again in ${Math.ceil(pauseMs / 1000)} s`);
    await delay(pauseMs * (0.5 + Math.random() / 2), undefined, { signal: stop });
  }
}

async function register(tidings: Tidings, recipient: string, { topic }: ListenOptions, signal: AbortSignal): Promise<string> {
  return (await tidings.registerRecipient({ recipient, topic: topic ?? null }, { signal })).connectionUri;
}

/** Waits for an API node that was there before, such as one that restarts; whatever else failed is the end. */
function endOf(error: unknown, hasBeenOpen: boolean): SocketEnd {
  const isPassing = error instanceof ConnectionError || error instanceof ServiceUnavailableError;
  if (!hasBeenOpen || !isPassing) throw error;
  return { code: null, reason: error.message, retryAfterS: null };
}

/** Ends the command where to connect again would lead to the same. */
function requireReturn({ code, reason }: SocketEnd): void {
  if (code === CLOSE.forbidden) throw new CommandFailed(`the node closed the connection: ${reason}`);
  if (code !== null && code >= 400 && code < 500 && code !== 401 && code !== 429) {
    throw new CommandFailed(`${reason}: is PUBLIC_DELIVERY_URL of the API node the address of a delivery node?`);
  }
}

const wordsOf = ({ code, reason }: SocketEnd) =>
  code === CLOSE.tooSlow ? 'the node lets nobody wait for ever who confirms nothing' : `the connection ended (${code ?? reason})`;

class Printer {
  readonly #seen = new Set<string>();
  #isFull = false;

  constructor(
    private readonly io: Io,
    private readonly options: ListenOptions,
  ) {}

  greet(recipient: string): void {
    this.note(
      this.options.ack
        ? `what is shown to you is confirmed: ${recipient} has it then`
        : `nothing is confirmed: all that is shown stays PENDING for ${recipient}. Of what waits the first ${SHOWN_WITHOUT_ACK} ` +
            'are shown, of global messages none; --ack shows and confirms all',
    );
  }

  note(words: string): void {
    this.io.err(`${words}\n`);
  }

  take(frame: Record<string, unknown>, send: (frame: object) => void): void {
    if (frame.type !== 'message') return;
    const message = frame as unknown as MessageFrame;
    const isHidden = message.globalMessageId !== null && !this.options.ack;
    if (!this.#seen.has(message.id)) this.#see(message, isHidden);
    if (this.options.ack) send({ type: 'ack', ids: [message.id] });
  }

  #see(message: MessageFrame, isHidden: boolean): void {
    const { id, topic, createdAt } = message;
    this.#seen.add(id);
    for (const oldest of this.#seen) if (this.#seen.size > REMEMBERED) this.#seen.delete(oldest);
    const shown = this.options.json ? JSON.stringify(message) : `${createdAt}  ${id}  ${topic ?? '-'}  ${message.message}`;
    if (!isHidden) this.io.out(`${shown}\n`);
    // Global messages take room on the connection, too, though they are not shown.
    if (this.options.ack || this.#isFull || this.#seen.size < SHOWN_WITHOUT_ACK) return;
    this.#isFull = true;
    this.note(
      `${SHOWN_WITHOUT_ACK} have come and none is confirmed: no more come until some are settled elsewhere, or with --ack`,
    );
  }
}
