import { TIDINGS_V1 } from '../../src/adapters/tidings-v1/translator.js';
import { InProcessBus } from '../../src/bus/in-process-bus.js';
import type { NewLiveEvent } from '../../src/core/domain/live/live-event.js';
import type { ProtocolTranslator } from '../../src/core/domain/live/protocol-translator.js';
import { DEFAULT_STREAM_BOUNDS, type EventStream } from '../../src/core/ports/event-stream.js';
import { silentLogger } from '../../src/core/ports/logger.js';
import type { MessageBus } from '../../src/core/ports/message-bus.js';
import { noMetrics } from '../../src/core/ports/metrics.js';
import type { RecipientClaims } from '../../src/core/ports/recipient-tokens.js';
import { noLimiter, type TenantLimiter } from '../../src/core/ports/tenant-limiter.js';
import { FairTurns } from '../../src/lib/fair-turns.js';
import { systemTimers } from '../../src/lib/time/timers.js';
import { LiveHub } from '../../src/live/live-hub.js';
import { DEFAULT_LIVE_LIMITS, type LiveLimits } from '../../src/live/live-limits.js';
import { ConditionCompiler } from '../../src/live/matching/condition-compiler.js';
import { FlowRules } from '../../src/live/publishing/flow-rules.js';
import { LivePublisher } from '../../src/live/publishing/live-publisher.js';
import type { LiveSession, LiveSink } from '../../src/live/session/live-session.js';
import type { SessionServices } from '../../src/live/session/session-services.js';
import { MemoryEventStream } from '../../src/live/streams/memory-event-stream.js';
import { TestDirectory } from './directory-fake.js';
import { newEvent } from './support.js';

export const TENANT = '01890000-0000-7000-8000-000000000001';

type Frame = Record<string, unknown>;

/** Keeps the frames of one connection. `next` waits for the first that has not been taken. */
export class TestSink implements LiveSink {
  buffered = 0;
  closed: { code: number; reason: string } | null = null;
  ignoring = false;
  readonly frames: Frame[] = [];
  #taken = 0;
  #waiting: Array<() => void> = [];
  onClose = () => {};

  write(frame: Buffer): void {
    this.frames.push(JSON.parse(frame.toString()));
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  close(code: number, reason: string): void {
    this.closed ??= { code, reason };
    for (const resolve of this.#waiting.splice(0)) resolve();
    this.onClose();
  }

  ignoreInput(): void {
    this.ignoring = true;
  }

  async next(): Promise<Frame> {
    while (this.#taken >= this.frames.length) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.frames[this.#taken++] as Frame;
  }
}

export interface TestNode {
  hub: LiveHub;
  bus: MessageBus;
  stream: EventStream;
  directory: TestDirectory;
  publisher: LivePublisher;
  /** Connects a client. `subscribe` grants everything unless given. */
  connect(claims?: Partial<RecipientClaims>, translator?: ProtocolTranslator): TestClient;
  publish(...events: Array<Partial<NewLiveEvent> & { topic: string }>): Promise<string[]>;
  close(): Promise<void>;
}

export class TestClient {
  #id = 0;
  constructor(
    readonly session: LiveSession,
    readonly sink: TestSink,
    readonly leave: () => void,
  ) {}

  send(frame: object): void {
    this.session.receive(JSON.stringify(frame));
  }

  /** Sends a command and takes the next frame, which must be its answer. */
  async ask(frame: object): Promise<Frame> {
    const id = `c${++this.#id}`;
    this.send({ id, ...frame });
    const answer = await this.sink.next();
    if (answer.id !== id) throw new Error(`no answer but ${JSON.stringify(answer)}`);
    return answer;
  }

  next(): Promise<Frame> {
    return this.sink.next();
  }
}

export interface TestNodeOptions {
  limits?: Partial<LiveLimits> | undefined;
  bus?: MessageBus;
  stream?: EventStream;
  lookEveryMs?: number;
  now?: () => number;
  limiter?: TenantLimiter;
}

export function createTestNode(options: TestNodeOptions = {}): TestNode {
  const bus = options.bus ?? new InProcessBus(silentLogger);
  const stream = options.stream ?? new MemoryEventStream({ now: () => Date.now() }, DEFAULT_STREAM_BOUNDS);
  const directory = new TestDirectory();
  const limits = { ...DEFAULT_LIVE_LIMITS, ...options.limits };
  const now = options.now ?? (() => performance.now());
  const limiter = options.limiter ?? noLimiter;
  const rules = new FlowRules(directory, now, silentLogger);
  const publisher = new LivePublisher({ bus, stream, rules, limiter, limits, now, onPublished() {} });
  const turns = new FairTurns(now);
  const services: Omit<SessionServices, 'reader' | 'dispatches'> = {
    turns,
    conditions: new ConditionCompiler({ limits, turns, now }),
    directory,
    publisher,
    limiter,
    limits,
    logger: silentLogger,
    metrics: noMetrics,
    timers: { ...systemTimers, now },
    encode: (text) => Buffer.from(text),
  };
  const hub = new LiveHub({
    services,
    stream,
    bus,
    maxAgeMs: DEFAULT_STREAM_BOUNDS.maxAgeMs,
    lookEveryMs: options.lookEveryMs ?? 3_600_000,
    confirmMs: 1000,
  });
  return {
    hub,
    bus,
    stream,
    directory,
    publisher,
    connect(claims = {}, translator = TIDINGS_V1) {
      const sink = new TestSink();
      const given = { tenantId: TENANT, recipient: 'ann', subscribe: ['*'], publish: [], ...claims };
      const session = hub.connect(given, translator, sink);
      sink.onClose = () => hub.disconnect(session);
      return new TestClient(session, sink, () => hub.disconnect(session));
    },
    publish: (...events) => publisher.publish(TENANT, [events.map(newEvent)]),
    async close() {
      hub.close();
      await bus.close();
      await stream.close();
    },
  };
}
