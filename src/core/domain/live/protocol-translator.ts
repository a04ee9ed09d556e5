import { isTooDeep, type JsonObject, MAX_JSON_DEPTH } from './json.js';
import type { LiveCommand, LiveResult } from './live-command.js';
import type { LiveEvent } from './live-event.js';

/** An event as a subscriber is to see it. */
export interface EventView {
  event: LiveEvent;
  /** Whether the subscription matched the event's topic, or its parent alone. */
  via: 'topic' | 'parent';
  /** The selected part of the event's data. */
  data: JsonObject;
}

/** How a protocol writes events. One object for all its connections. */
export interface LiveRenderer {
  /** Tells the protocols of a node apart. */
  readonly protocol: string;
  /** Whether a connection that follows an event's topic and its parent is told of both. */
  readonly parentsSeparately: boolean;
  /** The frame; null if clients of this protocol do not hear of such an event. */
  render(view: EventView): string | null;
}

/** A client's wish, with what is needed to answer it. */
export interface LiveRequest {
  command: LiveCommand;
  /** Asked for as the frame was written, for the answer alone. */
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

/** One protocol, spoken by one connection: text to commands, and what comes of them to text. It keeps nothing about them. */
export interface ProtocolTranslator {
  readonly renderer: LiveRenderer;
  /** What the way of connecting itself asks for. */
  readonly opening: readonly LiveRequest[];
  /** @throws MalformedFrame */
  read(text: string): LiveRequest[];
  /** Null where success is silent. */
  succeeded(tag: RequestTag, command: LiveCommand, result: LiveResult): string | null;
  /** A command that failed, or a frame that is none. */
  refused(tag: RequestTag, refusal: CommandRefusal): string;
  /** Events may have been lost that matched these patterns. */
  gap(topics: readonly string[]): string;
}

/** A frame that holds no command. */
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
    frame = JSON.parse(text);
  } catch {
    throw new MalformedFrame('a frame must be a JSON object');
  }
  // Event data lie within it.
  if (isTooDeep(frame, MAX_JSON_DEPTH + 2)) throw new MalformedFrame('a frame must not be nested so deeply');
  return frame;
}
