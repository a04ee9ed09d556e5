import { parseExactJson } from '../../../lib/exact-json.js';
import { isTooDeep, type JsonObject, MAX_JSON_DEPTH } from './json.js';
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
  /** Commands that connecting itself stands for. */
  readonly opening: readonly LiveRequest[];
  /** @throws MalformedFrame */
  read(text: string): LiveRequest[];
  /** Writes the answer to a command; null if the protocol has none for it. */
  succeeded(tag: RequestTag, command: LiveCommand, result: LiveResult): string | null;
  /** Writes the answer to a command that failed, or to a frame that holds no command. */
  refused(tag: RequestTag, refusal: CommandRefusal): string;
  /** Writes that events may have been lost which these patterns matched. */
  gap(topics: readonly string[]): string;
}

/** Error of a frame that holds no command. */
export class MalformedFrame extends Error {
  override readonly name = 'MalformedFrame';
  constructor(
    message: string,
    readonly tag: RequestTag = {},
  ) {
    super(message);
  }
}

/** @throws MalformedFrame */
export function readJsonFrame(text: string): unknown {
  let frame: unknown;
  try {
    frame = parseExactJson(text);
  } catch {
    throw new MalformedFrame('a frame must be a JSON object');
  }
  // Event data lies two levels deep in a frame.
  if (isTooDeep(frame, MAX_JSON_DEPTH + 2)) throw new MalformedFrame('a frame must not be nested so deeply');
  return frame;
}
