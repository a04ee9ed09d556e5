import type { Logger } from '../../core/ports/logger.js';
import { isRecord } from '../../lib/is-record.js';
import { parseExactJson } from '../../lib/json/exact-json.js';
import { StrikeCounter } from '../../lib/strike-counter.js';
import type { Timers } from '../../lib/time/timers.js';
import { CLOSE } from '../../protocol/close-codes.js';
import { errorFrame } from '../../protocol/frames.js';
import type { Connection } from '../connection/connection.js';
import { textFrame } from '../outbound/frame-encoder.js';
import type { SocketEvents } from '../socket/socket.js';
import { type ClientFrame, CommandRefused, type Commands } from './client-command.js';

/** Handles a client without a subprotocol: its frames carry no meaning, but too many of them close it. */
export class PlainProtocol implements SocketEvents {
  constructor(protected readonly connection: Connection) {}

  text(_data: string): void {
    this.connection.tolerate();
  }

  binary(): void {
    this.connection.tolerate();
  }

  ping(): void {
    this.connection.tolerate();
  }

  pong(payload: Buffer): void {
    this.connection.pong(payload);
  }

  closed(code: number): void {
    this.connection.closed(code);
  }
}

/** Closes a client that sends more malformed frames than this within a minute. */
const MALFORMED_PER_MINUTE = 10;

export interface V1Deps {
  commands: Commands;
  timers: Timers;
  logger: Logger;
}

/** Handles a `tidings.v1` client: each frame is one JSON object, whose `type` names the command. */
export class V1Protocol extends PlainProtocol {
  /** Null until the first malformed frame, which most clients never send. */
  #malformed: StrikeCounter | null = null;

  constructor(
    connection: Connection,
    private readonly deps: V1Deps,
  ) {
    super(connection);
  }

  override text(data: string): void {
    if (this.connection.ackPlainly(data)) return;
    const frame = parse(data);
    if (frame === null) {
      this.#refuse(undefined, new CommandRefused('BAD_USER_INPUT', 'not a JSON object'));
      return;
    }
    const { type } = frame;
    const command = typeof type === 'string' && Object.hasOwn(this.deps.commands, type) ? this.deps.commands[type] : undefined;
    if (command === undefined) {
      this.#refuse(frame, new CommandRefused('BAD_USER_INPUT', 'unknown type'));
      return;
    }
    const refuse = (error: unknown) => this.#refuse(frame, error);
    try {
      command(this.connection, frame, data, refuse)?.catch(refuse);
    } catch (error) {
      refuse(error);
    }
  }

  override binary(): void {
    this.connection.close(CLOSE.unsupportedData, 'text frames only');
  }

  #refuse(frame: ClientFrame | undefined, error: unknown): void {
    if (!(error instanceof CommandRefused)) this.deps.logger.error({ err: error }, 'a command failed');
    const refused = error instanceof CommandRefused ? error : new CommandRefused('INTERNAL_SERVER_ERROR', 'internal error');
    const id = typeof frame?.id === 'string' || Number.isFinite(frame?.id) ? (frame?.id as string | number) : undefined;
    this.connection.answer(textFrame(JSON.stringify(errorFrame(refused.code, refused.message, id))));
    if (refused.code === 'BAD_USER_INPUT') this.#countMalformed();
  }

  #countMalformed(): void {
    this.#malformed ??= new StrikeCounter(MALFORMED_PER_MINUTE);
    if (this.#malformed.strike(this.deps.timers.now())) this.connection.close(CLOSE.policyViolation, 'too many malformed frames');
  }
}

function parse(data: string): ClientFrame | null {
  try {
    const value = parseExactJson(data);
    return isRecord(value) && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
