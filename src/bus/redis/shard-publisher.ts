import type { Metrics } from '../../core/ports/metrics.js';
import { OncePerTurn } from '../../lib/once-per-turn.js';
import { isAnswer } from '../../redis/is-answer.js';
import type { RedisLink } from '../../redis/redis-link.js';
import { type EncodedEvent, joinEvents } from './event-payload.js';
import { PublishAcknowledgement } from './publish-acknowledgement.js';
import { PUBLISH_PAIRS, type PublishCommand, payloadOf, scriptFor, takeCommands } from './publish-commands.js';
import { type WaitingEvent, WaitingEvents } from './waiting-events.js';

/**
 * Sends at most this many characters ahead of their answers; the rest waits here, where it is joined and
 * bounded.
 */
const MAX_UNANSWERED_CHARS = 4 * 1024 * 1024;
/**
 * Sends this many commands or more as one script, unless channels are sharded: a command costs more than its
 * event.
 */
const SCRIPT_FROM_COMMANDS = 8;
/** Follows a channel to this many new owners after one that said that it was not it. */
const MAX_REDIRECTIONS = 3;

const NO_WAIT = Promise.resolve();

/** Results of commands in order: null if Redis has taken it. */
type Results = Array<Error | null>;

interface ShardPublisherOptions {
  metrics: Metrics;
  /** Called with events whose channel is served elsewhere. */
  onMoved?: (events: WaitingEvent[]) => void;
  /** Called when Redis has refused an event, whose reason will refuse the next ones, too. */
  onRefused?: (reason: string) => void;
}

/**
 * Publishes events on one server, those of a tenant in order. What was published in one turn of the event
 * loop goes in one
 * write; neighbours for one channel share a PUBLISH. Nothing is sent twice: what was under way when the
 * connection broke is lost. See docs/design/bus.md.
 */
export class ShardPublisher {
  readonly #waiting = new WaitingEvents();
  readonly #turn = new OncePerTurn(() => {
    this.#acknowledgement = null;
    this.#flush();
  });
  #link: RedisLink | null = null;
  #command: 'publish' | 'spublish' = 'publish';
  #unansweredChars = 0;
  /** Belongs to this turn of the event loop; null if nothing was published in it. */
  #acknowledgement: PublishAcknowledgement | null = null;
  /** True once Redis has said so: what is refused must not be sent again behind what was sent after it. */
  #mayScript = false;
  /** True while Redis has not answered in time: nobody waits for it until it answers again. */
  #stalled = false;
  #refusing = false;

  constructor(private readonly options: ShardPublisherOptions) {}

  /** True while Redis answers and refuses events: our user lacks a right, say. */
  get refusing(): boolean {
    return this.#refusing;
  }

  /** Resolves once the events of this turn are answered for, or at the bound of a publish. */
  add(tenantId: string, channel: string, event: EncodedEvent): Promise<void> {
    this.#acknowledgement ??= new PublishAcknowledgement(() => {
      this.#stalled = true;
    });
    const acknowledgement = this.#acknowledgement;
    this.#enqueue({ tenantId, channel, event, since: performance.now(), redirections: 0, acknowledgement });
    return this.#link === null || this.#stalled ? NO_WAIT : acknowledgement.promise;
  }

  /**
   * Publishes an event at once, before what waits. Resolves to the number of connections that it reached; to
   * null if that is not known.
   */
  async count(channel: string, event: EncodedEvent): Promise<number | null> {
    const link = this.#link;
    if (link === null || this.#stalled) return null;
    const reached = await link.redis[this.#command](channel, joinEvents([event])).catch(() => null);
    return typeof reached === 'number' ? reached : null;
  }

  /** Takes what another publisher did not get rid of. */
  takeOver(events: readonly WaitingEvent[]): void {
    for (const event of events) this.#enqueue(event);
  }

  attach(link: RedisLink, sharded: boolean): void {
    this.#link = link;
    this.#command = sharded ? 'spublish' : 'publish';
    this.#stalled = false;
    this.#unansweredChars = 0;
    this.#mayScript = false;
    this.#refusing = false;
    if (!sharded) void this.#askForScripts(link);
    this.#turn.ask();
  }

  detach(): void {
    this.#link = null;
  }

  /** Takes everything that waits, for another publisher; here it is done with. */
  takeAll(): WaitingEvent[] {
    const events = this.#waiting.takeAll();
    for (const { acknowledgement } of events) acknowledgement.settle();
    return events;
  }

  /** Resolves when what was published so far is answered for, or at the bound of a publish. */
  flushed(): Promise<void> {
    return this.#link === null || this.#stalled ? NO_WAIT : (this.#acknowledgement?.promise ?? NO_WAIT);
  }

  // A user of the bus may be allowed to publish, but not to run scripts: then each event goes in a command of
  // its own.
  async #askForScripts(link: RedisLink): Promise<void> {
    const refusal = await link.redis.eval(PUBLISH_PAIRS, 0).then(accepted, refused);
    if (refusal === null && link === this.#link) this.#mayScript = true;
  }

  #enqueue(event: WaitingEvent): void {
    event.acknowledgement.expect();
    this.#waiting.add(event);
    this.#turn.ask();
  }

  #flush(): void {
    this.#waiting.dropOld(performance.now());
    if (!this.#link || !this.#waiting.peek() || this.#unansweredChars >= MAX_UNANSWERED_CHARS) return;
    const { commands, chars } = takeCommands(this.#waiting, MAX_UNANSWERED_CHARS);
    this.#send(this.#link, commands, chars);
    if (this.#waiting.peek()) this.#turn.ask();
  }

  #send(link: RedisLink, commands: PublishCommand[], chars: number): void {
    this.#unansweredChars += chars;
    void this.#publish(link, commands).then((results) => this.#answered(link, commands, chars, results));
  }

  /** Never rejects. */
  async #publish({ redis }: RedisLink, commands: readonly PublishCommand[]): Promise<Results> {
    if (this.#mayScript && commands.length >= SCRIPT_FROM_COMMANDS) {
      const result = await redis.eval(...scriptFor(commands)).then(accepted, refused);
      return commands.map(() => result);
    }
    // In one write, but without a pipeline of the library, which would outlive its answer. See
    // docs/design/bus.md.
    redis.stream.cork();
    const answers = commands.map(({ channel, events }) =>
      redis[this.#command](channel, payloadOf(events)).then(accepted, refused),
    );
    redis.stream.uncork();
    return await Promise.all(answers);
  }

  #answered(link: RedisLink, commands: PublishCommand[], chars: number, results: Results): void {
    let published = 0;
    let refusal: string | null = null;
    for (const [i, { events }] of commands.entries()) {
      const error = results[i];
      if (!error) published += events.length;
      else if (error.message.startsWith('MOVED ')) this.#redirect(events);
      else if (isAnswer(error)) refusal = error.message;
      for (const { acknowledgement } of events) acknowledgement.settle();
    }
    this.options.metrics.busEventsPublished.inc(published);
    if (link !== this.#link) return;
    this.#refusing = refusal !== null;
    if (refusal !== null) this.options.onRefused?.(refusal);
    if (published > 0) {
      this.#stalled = false;
      link.heard();
    }
    this.#unansweredChars -= chars;
    if (this.#waiting.peek()) this.#flush();
  }

  #redirect(events: WaitingEvent[]): void {
    const again = events.filter((event) => event.redirections++ < MAX_REDIRECTIONS);
    if (again.length > 0) this.options.onMoved?.(again);
  }
}

const accepted = () => null;
const refused = (error: Error) => error;
