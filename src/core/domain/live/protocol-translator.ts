import type { JsonObject } from './json.js';
import type { LiveCommand, LiveResult } from './live-command.js';
import type { LiveEvent } from './live-event.js';

/** Event as a subscriber sees it. */
export interface EventView {
  event: LiveEvent;
  /** `topic` if the subscription matched the event's topic, `parent` if it matched the parent alone. */
  via: 'topic' | 'parent';
  /** The selected part of the event's data. */
  data: JsonObject;
}

/** Writes events in a protocol. One object serves all its connections. */
export interface LiveRenderer {
  /** Name that tells the protocols of a node apart. */
  readonly protocol: string;
  /** True if a connection that follows an event's topic and its parent gets a frame for each. */
  readonly parentsSeparately: boolean;
  /** Returns the frame; null if the protocol has no frame for such an event. */
  render(view: EventView): string | null;
}

/** Command of a client, with what is needed to answer it. */
export interface LiveRequest {
  command: LiveCommand;
  /** Parts of the client's frame that only the answer needs. */
  tag: RequestTag;
}

export interface RequestTag {
  id?: string | number;
  method?: string;
  topics?: readonly string[];
}

export interface CommandRefusal {
  code: string;
  message: string;
}

/** Translates between the frames of one connection and commands. It keeps nothing about commands. */
export interface ProtocolTranslator {
  readonly renderer: LiveRenderer;
  /**
   * Returns the commands that connecting itself stands for.
   * @throws MalformedFrame
   */
  opening(): Iterable<LiveRequest>;
  /**
   * Returns the commands in a frame; null for one that says nothing in this protocol, such as a heartbeat. A
   * command that comes before what is malformed counts.
   * @throws MalformedFrame also while it is iterated over
   */
  read(text: string): Iterable<LiveRequest> | null;
  /** Writes the answer to a command; null if the protocol has none for it. */
  succeeded(tag: RequestTag, command: LiveCommand, result: LiveResult): string | null;
  /** Writes the answer to a command that failed, or to a frame that holds no command. */
  refused(tag: RequestTag, refusal: CommandRefusal): string;
  /** Writes that events may have been lost which these patterns matched. */
  gap(topics: readonly string[]): string;
}

/** Error of a frame that holds no command. */
export class MalformedFrame extends Error {
  override readonly name: string = 'MalformedFrame';
  constructor(
    message: string,
    readonly tag: RequestTag = {},
  ) {
    super(message);
  }
}

/**
 * Error of a frame that names no command of the protocol. It is answered, but is no offence: it may be a
 * heartbeat.
 */
export class UnknownCommand extends MalformedFrame {
  override readonly name = 'UnknownCommand';
}
