import type { Metrics } from '../../core/ports/metrics.js';
import type { RedisLink } from '../../redis/redis-link.js';
import { type EncodedEvent, joinEvents, payloadAround } from './event-payload.js';

/** How long a publish waits for Redis, in milliseconds. */
const ACKNOWLEDGED_WITHIN_MS = 100;
/** What may wait for Redis: events that are older are of no use, since a sweep finds their messages before. */
const MAX_WAIT_MS = 1000;
const MAX_WAITING_EVENTS = 100_000;
const MAX_WAITING_CHARS = 32 * 1024 * 1024;
/** What may be on its way to Redis without an answer, in characters; the rest waits here, where it is joined and bounded. */
const MAX_UNANSWERED_CHARS = 4 * 1024 * 1024;
/** One payload. */
const MAX_PAYLOAD_CHARS = 64 * 1024;
const MAX_PAYLOAD_EVENTS = 256;
/** What is sent to Redis in one turn of the event loop: a push to thousands must not hold up what else the process has to do. */
const MAX_TURN_COMMANDS = 256;
/** From so many commands on a server that is not sharded gets them as one script: a command of the client library costs more than its event. */
const SCRIPT_FROM_COMMANDS = 8;
/** Publishes pairs of channel and payload in order. */
const PUBLISH_PAIRS = "for i = 1, #ARGV, 2 do redis.call('PUBLISH', ARGV[i], ARGV[i + 1]) end";
/** The same for pairs of channel and what is an event's own, with what all their payloads have before and after it. */
const PUBLISH_OWN = "for i = 3, #ARGV, 2 do redis.call('PUBLISH', ARGV[i], ARGV[1] .. ARGV[i + 1] .. ARGV[2]) end";
/** How often a channel's new owner is asked after one that said that it was not it. */
const MAX_REDIRECTIONS = 3;

const NO_WAIT = Promise.resolve();

/** What was published in one turn of the event loop: all its callers wait for the same promise. */
interface Turn {
  left: number;
  promise: Promise<void>;
  resolve: () => void;
  timer: NodeJS.Timeout;
}

export interface WaitingEvent {
  channel: string;
  event: EncodedEvent;
  since: number;
  redirections: number;
  turn: Turn;
}

/** One PUBLISH. */
interface Command {
  channel: string;
  events: WaitingEvent[];
}

/** Of each command: null once Redis has taken it. */
type Results = Array<Error | null>;

export interface ShardPublisherOptions {
  metrics: Metrics;
  /** The channel of these events is served elsewhere. */
  onMoved?: (events: WaitingEvent[]) => void;
}

/**
 * Events on their way to one server, in order. What was published in one turn goes in one write; neighbours for one channel
 * share a PUBLISH. Nothing is sent twice: what was under way when the connection broke is lost.
 */
export class ShardPublisher {
  #link: RedisLink | null = null;
  #command: 'publish' | 'spublish' = 'publish';
  #waiting: WaitingEvent[] = [];
  #first = 0;
  #waitingChars = 0;
  #unansweredChars = 0;
  #turn: Turn | null = null;
  #scheduled = false;
  /** Known only from an answer: what is refused must not be sent again behind what was sent after it. */
  #mayScript = false;
  /** Redis has not answered in time: nobody waits for it until it answers again. */
  #stalled = false;

  constructor(private readonly options: ShardPublisherOptions) {}

  /** Resolves once the events of this turn are answered for, at the latest after `ACKNOWLEDGED_WITHIN_MS`. */
  add(channel: string, event: EncodedEvent): Promise<void> {
    this.#turn ??= this.#newTurn();
    this.#turn.left++;
    this.#enqueue({ channel, event, since: performance.now(), redirections: 0, turn: this.#turn });
    return this.#link === null || this.#stalled ? NO_WAIT : this.#turn.promise;
  }

  /** What another publisher did not get rid of. */
  takeOver(events: readonly WaitingEvent[]): void {
    for (const event of events) {
      event.turn.left++;
      this.#enqueue(event);
    }
  }

  attach(link: RedisLink, sharded: boolean): void {
    this.#link = link;
    this.#command = sharded ? 'spublish' : 'publish';
    this.#stalled = false;
    this.#unansweredChars = 0;
    this.#mayScript = false;
    if (!sharded) void this.#askForScripts(link);
    this.#schedule();
  }

  /** A user of the bus may be allowed to publish, but not to run scripts. */
  async #askForScripts(link: RedisLink): Promise<void> {
    try {
      await link.redis.eval(PUBLISH_PAIRS, 0);
      if (link === this.#link) this.#mayScript = true;
    } catch {
      // Then each event goes in a command of its own.
    }
  }

  detach(): void {
    this.#link = null;
  }

  /** Everything that waits, for another publisher; here it is done with. */
  takeAll(): WaitingEvent[] {
    const events = this.#waiting.slice(this.#first);
    this.#waiting = [];
    this.#first = 0;
    this.#waitingChars = 0;
    for (const event of events) settle(event);
    return events;
  }

  /** Resolves when what was published so far is answered for, or at the bound. */
  flushed(): Promise<void> {
    return this.#link === null || this.#stalled ? NO_WAIT : (this.#turn?.promise ?? NO_WAIT);
  }

  #newTurn(): Turn {
    let resolve = () => {};
    const promise = new Promise<void>((done) => {
      resolve = done;
    });
    const timer = setTimeout(() => {
      this.#stalled = true;
      resolve();
    }, ACKNOWLEDGED_WITHIN_MS);
    timer.unref();
    return { left: 0, promise, resolve, timer };
  }

  #enqueue(event: WaitingEvent): void {
    this.#waiting.push(event);
    this.#waitingChars += charsOf(event);
    while (this.#waiting.length - this.#first > MAX_WAITING_EVENTS || this.#waitingChars > MAX_WAITING_CHARS)
      settle(this.#shift());
    this.#schedule();
  }

  #shift(): WaitingEvent {
    const event = this.#waiting[this.#first++] as WaitingEvent;
    this.#waitingChars -= charsOf(event);
    // What has gone does not stay in the list: what is old keeps it alive. Shifting a long one costs as much as copying it: once per half.
    if (this.#first === this.#waiting.length || (this.#first > 1024 && this.#first * 2 > this.#waiting.length)) {
      this.#waiting.splice(0, this.#first);
      this.#first = 0;
    }
    return event;
  }

  #peek(): WaitingEvent | undefined {
    return this.#waiting[this.#first];
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#turn = null;
      this.#flush();
    });
  }

  #flush(): void {
    const tooOld = performance.now() - MAX_WAIT_MS;
    for (let event = this.#peek(); event && event.since < tooOld; event = this.#peek()) settle(this.#shift());
    if (!this.#link || !this.#peek() || this.#unansweredChars >= MAX_UNANSWERED_CHARS) return;
    const { commands, chars } = this.#take();
    this.#send(this.#link, commands, chars);
    if (this.#peek()) this.#schedule();
  }

  #take(): { commands: Command[]; chars: number } {
    const commands: Command[] = [];
    let command: Command | null = null;
    let chars = 0;
    let total = 0;
    for (let event = this.#peek(); event && total < MAX_UNANSWERED_CHARS; event = this.#peek()) {
      const joins: boolean =
        command !== null &&
        command.channel === event.channel &&
        command.events.length < MAX_PAYLOAD_EVENTS &&
        chars + charsOf(event) < MAX_PAYLOAD_CHARS;
      if (!joins && commands.length === MAX_TURN_COMMANDS) break;
      this.#shift();
      total += charsOf(event);
      if (joins && command) {
        command.events.push(event);
        chars += charsOf(event);
      } else {
        command = { channel: event.channel, events: [event] };
        chars = charsOf(event);
        commands.push(command);
      }
    }
    return { commands, chars: total };
  }

  #send(link: RedisLink, commands: Command[], chars: number): void {
    this.#unansweredChars += chars;
    void this.#publish(link, commands).then((results) => this.#answered(link, commands, chars, results));
  }

  /** Never rejects. */
  async #publish({ redis }: RedisLink, commands: readonly Command[]): Promise<Results> {
    if (this.#mayScript && commands.length >= SCRIPT_FROM_COMMANDS) {
      const result = await redis.eval(...scriptFor(commands)).then(accepted, refused);
      return commands.map(() => result);
    }
    // In one write, but without a pipeline of the library, which outlives its answer up to the next full collection of garbage: it defines
    // an accessor of its own, so that V8 makes a hidden class for each, in the old generation, which refers to it.
    redis.stream.cork();
    const answers = commands.map(({ channel, events }) =>
      redis[this.#command](channel, payloadOf(events)).then(accepted, refused),
    );
    redis.stream.uncork();
    return await Promise.all(answers);
  }

  #answered(link: RedisLink, commands: Command[], chars: number, results: Results): void {
    let published = 0;
    for (const [i, { events }] of commands.entries()) {
      const error = results[i];
      if (!error) published += events.length;
      else if (error.message.startsWith('MOVED ')) this.#redirect(events);
      for (const event of events) settle(event);
    }
    this.options.metrics.busEventsPublished.inc(published);
    if (link !== this.#link) return;
    if (published > 0) {
      this.#stalled = false;
      link.heard();
    }
    this.#unansweredChars -= chars;
    if (this.#peek()) this.#flush();
  }

  #redirect(events: WaitingEvent[]): void {
    const again = events.filter((event) => event.redirections++ < MAX_REDIRECTIONS);
    if (again.length > 0) this.options.onMoved?.(again);
  }
}

const accepted = () => null;
const refused = (error: Error) => error;

const charsOf = ({ event: { before, own, after } }: WaitingEvent): number => before.length + own.length + after.length;

const payloadOf = (events: readonly WaitingEvent[]): string => joinEvents(events.map(({ event }) => event));

/** A push to many is the same event but for its id: what all of them share is sent once. */
function scriptFor(commands: readonly Command[]): [script: string, keys: 0, ...args: string[]] {
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

function settle({ turn }: WaitingEvent): void {
  if (--turn.left > 0) return;
  clearTimeout(turn.timer);
  turn.resolve();
}
