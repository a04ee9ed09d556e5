import type { ProtocolTranslator } from '../core/domain/live/protocol-translator.js';
import type { EventStream } from '../core/ports/event-stream.js';
import type { MessageBus } from '../core/ports/message-bus.js';
import type { RecipientClaims } from '../core/ports/recipient-tokens.js';
import { HeadsReader } from './feed/heads-reader.js';
import { StreamReader } from './feed/stream-reader.js';
import { type FeedContext, TenantFeed } from './feed/tenant-feed.js';
import { SharedDispatches } from './matching/shared-dispatches.js';
import type { Subscription } from './matching/subscription.js';
import { type SubscriptionFinder, SubscriptionIndex } from './matching/subscription-index.js';
import { LiveSession, type LiveSink } from './session/live-session.js';
import type { SessionServices } from './session/session-services.js';

interface LiveHubOptions {
  stream: EventStream;
  services: Omit<SessionServices, 'reader' | 'dispatches'>;
  bus: MessageBus;
  /** The stream keeps events for this long, in milliseconds. */
  maxAgeMs: number;
  /** Compares each tenant's feed with the stream this often, in milliseconds; jittered. */
  lookEveryMs: number;
  /** Waits at most this long until a subscription on the bus is confirmed, in milliseconds. */
  confirmMs: number;
  /** Makes another kind of index, to measure beside ours. */
  createIndex?(): SubscriptionFinder<Subscription>;
  onMatched?(connections: number): void;
  onRecovered?(complete: boolean): void;
}

/** Reads a stream that could not be read again after this long, in milliseconds. */
const RETRY_MS = 250;
/** Lets at most this many feeds read the stream at the same time. */
const READERS = 16;

/** Holds the live topics of one node: a session per connection, and a feed per tenant that has sessions. */
export class LiveHub {
  readonly #feeds = new Map<string, { feed: TenantFeed; sessions: Set<LiveSession> }>();
  readonly #services: SessionServices;
  readonly #context: FeedContext;
  readonly #stopListening: () => void;
  #cancelLook = () => {};
  #cancelRetry = () => {};
  readonly #stale = new Set<TenantFeed>();
  #closed = false;

  constructor(private readonly options: LiveHubOptions) {
    const { services, stream, bus, maxAgeMs, confirmMs } = options;
    const { encode, turns, logger, timers } = services;
    const reader = new StreamReader({ stream, timers });
    this.#services = { ...services, reader, dispatches: new SharedDispatches(encode) };
    this.#context = {
      bus,
      stream,
      heads: new HeadsReader(stream),
      reader,
      encode,
      turns,
      logger,
      timers,
      maxAgeMs,
      confirmMs,
      createIndex: options.createIndex ?? (() => new SubscriptionIndex()),
      onStale: (feed) => this.#retry(feed),
      onMatched: (connections) => options.onMatched?.(connections),
      onRecovered: (complete) => options.onRecovered?.(complete),
    };
    this.#stopListening = bus.onGap(() => this.#gap());
    this.#lookLater();
  }

  get subscriptions(): number {
    let sum = 0;
    for (const { feed } of this.#feeds.values()) sum += feed.subscriptions;
    return sum;
  }

  get sessions(): number {
    let sum = 0;
    for (const { sessions } of this.#feeds.values()) sum += sessions.size;
    return sum;
  }

  /** Opens a session for an admitted connection. `disconnect` ends it. */
  connect(
    claims: Pick<RecipientClaims, 'tenantId' | 'recipient' | 'subscribe' | 'publish'>,
    translator: ProtocolTranslator,
    sink: LiveSink,
  ): LiveSession {
    let entry = this.#feeds.get(claims.tenantId);
    if (!entry) {
      entry = { feed: new TenantFeed(claims.tenantId, this.#context), sessions: new Set() };
      this.#feeds.set(claims.tenantId, entry);
    }
    const session = new LiveSession(this.#services, entry.feed, claims, translator, sink);
    entry.sessions.add(session);
    return session;
  }

  disconnect(session: LiveSession): void {
    session.close();
    const entry = this.#feeds.get(session.tenantId);
    if (!entry?.sessions.delete(session) || entry.sessions.size > 0) return;
    this.#feeds.delete(session.tenantId);
    entry.feed.close();
  }

  close(): void {
    this.#closed = true;
    this.#cancelLook();
    this.#cancelRetry();
    this.#stopListening();
    this.#services.reader.close();
    for (const { feed, sessions } of this.#feeds.values()) {
      for (const session of sessions) session.close();
      feed.close();
    }
    this.#feeds.clear();
  }

  // All feeds doubt at once: what comes while the first are read may be the successor of what was lost.
  #gap(): void {
    for (const { feed } of this.#feeds.values()) feed.doubt();
    void this.#eachFeed((feed) => feed.repair());
  }

  async #eachFeed(visit: (feed: TenantFeed) => Promise<void>): Promise<void> {
    const feeds = [...this.#feeds.values()].map(({ feed }) => feed).filter((feed) => !feed.isIdle);
    const next = async (): Promise<void> => {
      for (let feed = feeds.pop(); feed; feed = feeds.pop()) {
        if (this.#closed) return;
        // A feed that cannot be read now is visited again.
        await visit(feed).catch(() => {});
      }
    };
    await Promise.all(Array.from({ length: READERS }, next));
  }

  #lookLater(): void {
    const { timers } = this.options.services;
    const look = async () => {
      await this.#eachFeed((feed) => feed.look());
      if (!this.#closed) this.#lookLater();
    };
    this.#cancelLook = timers.after(this.options.lookEveryMs * (0.75 + timers.random() / 2), () => void look());
  }

  #retry(feed: TenantFeed): void {
    this.#stale.add(feed);
    if (this.#stale.size > 1 || this.#closed) return;
    this.#cancelRetry = this.options.services.timers.after(RETRY_MS, () => {
      const stale = [...this.#stale];
      this.#stale.clear();
      for (const one of stale) void one.repair();
    });
  }
}
