import { TidingsError } from '../../core/domain/errors.js';
import type { Selection } from '../../core/domain/live/field-selection.js';
import {
  type CommandRefusal,
  type LiveRequest,
  MalformedFrame,
  type ProtocolTranslator,
  type RequestTag,
  UnknownCommand,
} from '../../core/domain/live/protocol-translator.js';
import { coveredBy, type Part, parsePattern } from '../../core/domain/live/topic-pattern.js';
import type { RecipientClaims } from '../../core/ports/recipient-tokens.js';
import { sleep } from '../../lib/time/timers.js';
import { TokenBucket } from '../../lib/token-bucket.js';
import { CLOSE, type CloseCode } from '../../protocol/close-codes.js';
import type { CommandContext, Grants, Opened } from '../commands/command-context.js';
import { execute } from '../commands/execute.js';
import type { TenantFeed } from '../feed/tenant-feed.js';
import type { CelCondition } from '../matching/cel-condition.js';
import type { EventDispatch, Frame, Via } from '../matching/event-dispatch.js';
import { type Subscription, unitedFields } from '../matching/subscription.js';
import { CatchUp, type CatchUpTarget, type Match } from './catch-up.js';
import { CommandQueue } from './command-queue.js';
import { refusalFrame, refusalOf } from './command-refusal.js';
import { GrantedCommands } from './granted-commands.js';
import type { SessionServices } from './session-services.js';

/** Writes to the connection behind a session. */
export interface LiveSink {
  /** Counts the bytes that wait in this process because the client does not read. */
  readonly buffered: number;
  write(frame: Frame): void;
  close(code: CloseCode, reason: string): void;
  /** Drops what the client sends from now on, unread, but for its close frame. */
  ignoreInput(): void;
}

/** Closes a connection when this many times `bufferedBytes` wait. Answers have the room beyond the first. */
const FULL = 4;
/** Looks at a connection without room after this long, then less and less often, in milliseconds. */
const LOOK_MS = 10;
const LAST_LOOK_MS = 160;

const segmentsOf = (patterns: readonly string[]): Grants => patterns.map(parsePattern).filter((one) => one !== null);

/** Holds the subscriptions of one connection and carries out its commands, one after the other. */
export class LiveSession implements CommandContext, CatchUpTarget {
  readonly tenantId: string;
  readonly recipient: string;
  subscribeGrants: Grants;
  publishGrants: Grants;
  readonly subscriptions = new Set<Subscription>();
  /** Selects fields for all subscriptions; undefined where each has fields of its own. */
  selected: Selection | null | undefined = undefined;
  readonly #commands: CommandQueue;
  readonly #granted: GrantedCommands;
  readonly #publishes: TokenBucket;
  readonly #compiling: TokenBucket;
  #staged: Match[] = [];
  #closed = false;

  constructor(
    readonly services: SessionServices,
    private readonly feed: TenantFeed,
    claims: Pick<RecipientClaims, 'tenantId' | 'recipient' | 'subscribe' | 'publish'>,
    private readonly translator: ProtocolTranslator,
    private readonly sink: LiveSink,
  ) {
    const { limits, timers } = services;
    this.tenantId = claims.tenantId;
    this.recipient = claims.recipient;
    this.subscribeGrants = segmentsOf(claims.subscribe);
    this.publishGrants = segmentsOf(claims.publish);
    this.#granted = new GrantedCommands(limits.subscriptionsPerConnection);
    this.#commands = new CommandQueue({
      limits,
      timers,
      carryOut: (request) => this.#carryOut(request),
      refuse: (tag, refusal) => this.#refuse(tag, refusal),
      offended: (reason) => {
        if (!this.#closed) this.sink.close(CLOSE.policyViolation, reason);
      },
      doomed: () => this.sink.ignoreInput(),
    });
    this.#publishes = new TokenBucket(limits.publishesPerSecond, limits.publishesBurst, timers.now());
    this.#compiling = services.conditions.connectionBucket();
    this.#take(() => translator.opening(), 0);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Takes a frame of the client's. */
  receive(text: string): void {
    if (!this.#closed) this.#take(() => this.translator.read(text), text.length);
  }

  #take(read: () => Iterable<LiveRequest> | null, chars: number): void {
    try {
      const requests = read();
      if (requests === null) this.tolerate();
      else for (const request of requests) this.request(request, chars);
    } catch (error) {
      const refusal = refusalOf(error, this.services.logger, {});
      const tag = error instanceof MalformedFrame ? error.tag : {};
      if (error instanceof UnknownCommand) this.#commands.tell(() => this.#refuse(tag, refusal));
      else this.#commands.refuse(tag, refusal);
    }
  }

  /**
   * Carries out a command after those that came before it, and answers.
   * @param chars length of its frame
   */
  request(request: LiveRequest, chars: number): void {
    if (!this.#closed) this.#commands.add(request, chars);
  }

  /**
   * Tells the client, after the commands that came before, that a frame is no command; then counts the
   * offence.
   */
  refuse(tell: () => void): void {
    if (!this.#closed) this.#commands.refuseBy(tell);
  }

  /** Takes a frame that needs no answer, such as a ping. Too many of them close the connection. */
  tolerate(): void {
    if (!this.#closed) this.#commands.tolerate();
  }

  /** Resolves when all commands that came until now have been carried out. */
  settled(): Promise<void> {
    return this.#commands.settled();
  }

  async #carryOut({ command, tag }: LiveRequest): Promise<void> {
    // Tenants share the time for commands: each is bounded, but not how many connections send them.
    const turn = this.services.turns.enter(this.tenantId);
    if (turn !== null) await turn;
    if (this.#closed) return;
    try {
      const { result, afterwards, subscriptions } = await execute(this, command);
      if (this.#closed) return;
      if (subscriptions) this.#granted.add(tag, subscriptions);
      this.#say(this.translator.succeeded(tag, command, result));
      await afterwards?.();
    } catch (error) {
      if (this.#closed) return;
      this.#refuse(tag, refusalOf(error, this.services.logger, { command: command.kind }));
    }
  }

  /**
   * Puts the grants of a renewed token in place of the old ones, after the commands that came before. Ends
   * what they do not cover.
   */
  regrant({ subscribe, publish }: Pick<RecipientClaims, 'subscribe' | 'publish'>): void {
    this.#commands.do(() => {
      if (this.#closed) return;
      this.subscribeGrants = segmentsOf(subscribe);
      this.publishGrants = segmentsOf(publish);
      const { tags, ended } = this.#granted.revoke(({ segments }) => coveredBy(this.subscribeGrants, segments));
      this.cancel(ended);
      for (const tag of tags) this.#refuse(tag, { code: 'FORBIDDEN', message: 'the renewed token does not grant this any more' });
    });
  }

  compile(field: string, text: string): Promise<CelCondition> {
    return this.services.conditions.compile(this.tenantId, this.#compiling, field, text);
  }

  mayPublish(): boolean {
    return this.#publishes.take(this.services.timers.now());
  }

  #refuse(tag: RequestTag, refusal: CommandRefusal): void {
    this.#say(refusalFrame(refusal, tag, this.translator, this.services.metrics));
  }

  #say(text: string | null): void {
    if (text !== null) this.write(this.services.encode(text));
  }

  write(frame: Frame): void {
    if (this.#closed) return;
    this.sink.write(frame);
    if (this.sink.buffered > FULL * this.services.limits.bufferedBytes) this.#tooSlow();
  }

  #tooSlow(): void {
    if (!this.#closed) this.sink.close(CLOSE.tooSlow, 'too slow');
  }

  /** Waits until half of the room is free. Closes a reader that takes too long for that. */
  async room(): Promise<void> {
    const { limits, timers } = this.services;
    const until = timers.now() + limits.slowMs;
    // Thousands may wait at the same time.
    for (let lookMs = LOOK_MS; !this.#closed && this.sink.buffered > limits.bufferedBytes / 2; lookMs *= 2) {
      if (timers.now() >= until) return this.#tooSlow();
      await sleep(timers, Math.min(lookMs, LAST_LOOK_MS));
    }
  }

  /** Leaves what follows this event in the stream until there is room for it. */
  #fallBehind(after: string): void {
    const subscriptions = [...this.subscriptions];
    // A catch-up that is under way waits for room already.
    if (subscriptions.some(({ catchingUp }) => catchingUp !== null)) return;
    this.finishStaged();
    const catchUp = new CatchUp(this, subscriptions, after);
    this.#commands.do(async () => {
      await this.room();
      if (this.#closed) return;
      const recovered = await catchUp.begin().catch(() => false);
      if (recovered) await catchUp.finish();
      else this.#tooSlow();
    });
  }

  // ---- Events ----

  stage(subscription: Subscription, via: Via): boolean {
    return this.#staged.push({ subscription, via }) === 1;
  }

  passStaged(dispatch: EventDispatch): void {
    const staged = this.#staged;
    // It was finished before, since a command came.
    if (staged.length === 0) return;
    this.#staged = [];
    if (staged.every(({ subscription }) => subscription.catchingUp !== null)) {
      for (const catchUp of new Set(staged.map(({ subscription }) => subscription.catchingUp))) catchUp?.hold(dispatch);
    } else {
      this.send(dispatch, staged);
    }
  }

  /** Takes the event that is on its way to this session before anything changes. */
  finishStaged(): void {
    if (this.#staged.length > 0) this.feed.finish(this);
  }

  /** @param matched subscriptions of this session that the event matched */
  send(dispatch: EventDispatch, matched: readonly Match[]): void {
    const { renderer } = this.translator;
    const vias: Via[] = matched.some(({ via }) => via === 'topic') ? ['topic'] : ['parent'];
    if (renderer.parentsSeparately && vias[0] === 'topic' && matched.some(({ via }) => via === 'parent')) vias.push('parent');
    for (const via of vias) {
      const of = renderer.parentsSeparately ? matched.filter((one) => one.via === via) : matched;
      const frame = dispatch.frame(renderer, via, unitedFields(of.map(({ subscription }) => subscription)));
      if (frame !== null) this.write(frame);
    }
    if (!this.#closed && this.sink.buffered > this.services.limits.bufferedBytes) this.#fallBehind(dispatch.event.id);
  }

  /** Tells the client that events may have been lost that these patterns match. */
  gap(topics: readonly string[]): void {
    this.#say(this.translator.gap(topics));
  }

  // ---- Subscriptions ----

  position(part: Part): string | null {
    return this.feed.position(part);
  }

  async open(subscriptions: readonly Subscription[], after: string | undefined): Promise<Opened> {
    const added = subscriptions.filter((one) => !this.subscriptions.has(one));
    await this.#hold(added);
    this.#register(added);
    if (after === undefined) return {};
    // The other subscriptions were sent everything that followed, or will be.
    const missing = subscriptions.filter((one) => added.includes(one) || (one.covers !== null && after < one.covers));
    this.finishStaged();
    const catchUp = new CatchUp(this, missing, after);
    try {
      const recovered = await catchUp.begin();
      return { recovered, afterwards: () => catchUp.finish() };
    } catch (error) {
      this.cancel(added);
      // The other subscriptions go on as before, with what came meanwhile.
      await catchUp.finish();
      throw error;
    }
  }

  async #hold(subscriptions: readonly Subscription[]): Promise<void> {
    const held: string[] = [];
    try {
      const parts = subscriptions.map((one) => one.part);
      for (const result of await Promise.allSettled(parts.map((part) => this.feed.hold(part).then(() => held.push(part))))) {
        if (result.status === 'rejected') throw result.reason;
      }
      if (this.#closed) throw new TidingsError('SERVICE_UNAVAILABLE', 'the connection has ended');
    } catch (error) {
      for (const part of held) this.feed.release(part);
      throw error;
    }
  }

  #register(held: readonly Subscription[]): void {
    try {
      this.feed.add(held);
    } catch (error) {
      for (const { part } of held) this.feed.release(part);
      throw error;
    }
    for (const subscription of held) this.subscriptions.add(subscription);
  }

  cancel(subscriptions: Iterable<Subscription>): void {
    this.finishStaged();
    for (const subscription of [...subscriptions]) {
      if (!this.subscriptions.delete(subscription)) continue;
      this.#granted.delete(subscription);
      this.feed.delete(subscription);
      this.feed.release(subscription.part);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.cancel(this.subscriptions);
  }
}
