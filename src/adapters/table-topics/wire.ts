import type { LiveCommand, LiveResult } from '../../core/domain/live/live-command.js';
import type { CommandRefusal, LiveRenderer, RequestTag } from '../../core/domain/live/protocol-translator.js';

/** Writes what the service says, in one of the forms that it had over the years. */
export interface Wire {
  readonly renderer: LiveRenderer;
  /** Writes the answer to a command; null if there is none for it. */
  succeeded(tag: RequestTag, command: LiveCommand, result: LiveResult): string | null;
  refused(tag: RequestTag, refusal: CommandRefusal): string;
  gap(topics: readonly string[]): string;
}

/** Names the table that an event is about. */
export const tableOf = (topic: string): string => topic.split(':', 1)[0] as string;

/** Names the sender of what was not published by a client. */
export const DATABASE = 'database';

export const PONG = JSON.stringify({ type: 'pong' });
