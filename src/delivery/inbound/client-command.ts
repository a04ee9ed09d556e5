import type { Connection } from '../connection/connection.js';

/** A frame of a `tidings.v1` client, parsed; `type` has chosen the command. */
export type ClientFrame = Readonly<Record<string, unknown>>;

/**
 * Carries out one type of frame. Throws CommandRefused if it cannot be done, and has then changed nothing.
 * @param text the frame as it came
 * @param refuse does the same as to throw, later, for a command that answers in its turn
 */
export type Command = (
  connection: Connection,
  frame: ClientFrame,
  text: string,
  refuse: (refusal: CommandRefused) => void,
) => void | Promise<void>;

/** Finds commands by the `type` of their frames. */
export type Commands = Readonly<Record<string, Command>>;

/** Becomes an error frame. BAD_USER_INPUT counts as malformed: a client may send ten such frames a minute. */
export class CommandRefused extends Error {
  override readonly name = 'CommandRefused';

  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}
