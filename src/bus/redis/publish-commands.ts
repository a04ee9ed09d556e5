import { type EncodedEvent, joinEvents, payloadAround } from './event-payload.js';
import { charsOf, type WaitingEvent, type WaitingEvents } from './waiting-events.js';

/** Bounds of one payload, in characters and events. */
const MAX_PAYLOAD_CHARS = 64 * 1024;
const MAX_PAYLOAD_EVENTS = 256;
/**
 * Sends at most this many commands in one turn of the event loop, so that a push to thousands holds up
 * nothing else.
 */
const MAX_TURN_COMMANDS = 256;
/** Publishes pairs of channel and payload in order. */
export const PUBLISH_PAIRS = "for i = 1, #ARGV, 2 do redis.call('PUBLISH', ARGV[i], ARGV[i + 1]) end";
/**
 * Publishes pairs of channel and what is an event's own, with what all their payloads have before and after
 * it.
 */
const PUBLISH_OWN = "for i = 3, #ARGV, 2 do redis.call('PUBLISH', ARGV[i], ARGV[1] .. ARGV[i + 1] .. ARGV[2]) end";

/** One PUBLISH. Neighbours for the same channel share it. */
export interface PublishCommand {
  channel: string;
  events: WaitingEvent[];
}

/**
 * Takes the next events and groups them into commands.
 *
 * @param maxChars ends the taking once so many characters are taken
 */
export function takeCommands(waiting: WaitingEvents, maxChars: number): { commands: PublishCommand[]; chars: number } {
  const commands: PublishCommand[] = [];
  let command: PublishCommand | null = null;
  let payloadChars = 0;
  let chars = 0;
  for (let event = waiting.peek(); event && chars < maxChars; event = waiting.peek()) {
    const size = charsOf(event);
    if (command !== null && joins(command, event, payloadChars + size)) {
      command.events.push(event);
      payloadChars += size;
    } else {
      if (commands.length === MAX_TURN_COMMANDS) break;
      command = { channel: event.channel, events: [event] };
      payloadChars = size;
      commands.push(command);
    }
    waiting.shift();
    chars += size;
  }
  return { commands, chars };
}

const joins = ({ channel, events }: PublishCommand, event: WaitingEvent, payloadChars: number): boolean =>
  channel === event.channel && events.length < MAX_PAYLOAD_EVENTS && payloadChars < MAX_PAYLOAD_CHARS;

export const payloadOf = (events: readonly WaitingEvent[]): string => joinEvents(events.map(({ event }) => event));

/**
 * Makes one script of many commands. A push to many is the same event but for its id: what all of them share
 * is sent once.
 */
export function scriptFor(commands: readonly PublishCommand[]): [script: string, keys: 0, ...args: string[]] {
  const args: string[] = [];
  const first = commands[0]?.events[0]?.event;
  if (first && commands.every(({ events }) => events.length === 1 && sharesAll(events[0]?.event, first))) {
    args.push(...payloadAround(first));
    for (const { channel, events } of commands) args.push(channel, events[0]?.event.own ?? '');
    return [PUBLISH_OWN, 0, ...args];
  }
  for (const { channel, events } of commands) args.push(channel, payloadOf(events));
  return [PUBLISH_PAIRS, 0, ...args];
}

const sharesAll = (event: EncodedEvent | undefined, { before, after }: EncodedEvent): boolean =>
  event?.before === before && event.after === after;
