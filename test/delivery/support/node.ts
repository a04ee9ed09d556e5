import { InProcessBus } from '../../../src/bus/in-process-bus.js';
import type { OutgoingMessage } from '../../../src/core/domain/outgoing-message.js';
import { noConnectionLimits } from '../../../src/core/ports/connection-limits.js';
import { silentLogger } from '../../../src/core/ports/logger.js';
import { type BusEvent, recipientChannel, tenantChannel } from '../../../src/core/ports/message-bus.js';
import { noMetrics } from '../../../src/core/ports/metrics.js';
import { type RecipientClaims, type RecipientTokens, TokenRefused } from '../../../src/core/ports/recipient-tokens.js';
import { createDeliveryNode, type DeliveryConfig, type DeliveryDeps, type DeliveryNode } from '../../../src/delivery/index.js';
import type { Clock } from '../../../src/lib/time/clock.js';
import { Client, type ClientOptions } from './client.js';
import { FakeStore } from './fake-store.js';

export const TENANT = '0198c1a2-0000-7000-8000-000000000001';

const CONFIG: DeliveryConfig = {
  host: '127.0.0.1',
  port: 0,
  publicPath: '',
  trustProxy: [],
  maxConnections: 1000,
  // Many tests connect one recipient many times.
  maxConnectionsPerRecipient: 1000,
  maxHandshakesPerSecond: 1000,
  maxUnconfirmedMessages: 256,
  maxUnconfirmedBytes: 1024 * 1024,
  pingIntervalMs: 20_000,
  pongTimeoutMs: 10_000,
  // Long: a test that needs a sweep says so.
  sweepIntervalMs: 3_600_000,
  activityRetentionMs: 0,
  shutdownDelayMs: 0,
  shutdownSpreadMs: 0,
};

/** Tokens that are the claims themselves: what is tested is the node, not cryptography. */
const openTokens: RecipientTokens = {
  issue: (claims) => Buffer.from(JSON.stringify(claims)).toString('base64url'),
  verify(token, now) {
    if (token === 'forged') throw new TokenRefused('forged');
    try {
      const claims: RecipientClaims = JSON.parse(Buffer.from(token, 'base64url').toString());
      if (now >= claims.expiresAt) throw new TokenRefused('expired', claims);
      return claims;
    } catch (error) {
      throw error instanceof TokenRefused ? error : new TokenRefused('malformed');
    }
  },
};

/** A clock that runs with the real one and can be put forward. */
class TestClock implements Clock {
  ahead = 0;
  now(): number {
    return Math.floor(Date.now() + this.ahead);
  }
}

/** A bus that can be told to lose events and to announce a gap. */
export class TestBus extends InProcessBus {
  losing = false;
  /** Awaited before a subscription is made. */
  beforeSubscribe: (channel: string) => void | Promise<void> = () => {};
  readonly channels = new Set<string>();
  #gap = () => {};

  constructor() {
    super(silentLogger);
  }

  override async publish(messages: Parameters<InProcessBus['publish']>[0]): Promise<void> {
    if (!this.losing) await super.publish(messages);
  }

  override async subscribe(...args: Parameters<InProcessBus['subscribe']>) {
    await this.beforeSubscribe(args[0]);
    const subscription = await super.subscribe(...args);
    this.channels.add(args[0]);
    return {
      close: () => {
        this.channels.delete(args[0]);
        subscription.close();
      },
    };
  }

  override onGap(listener?: () => void): () => void {
    this.#gap = listener ?? (() => {});
    return () => {};
  }

  gap(): void {
    this.#gap();
  }
}

export interface TestNode {
  node: DeliveryNode;
  port: number;
  store: FakeStore;
  bus: TestBus;
  clock: TestClock;
  token(claims?: Partial<RecipientClaims>): string;
  /** Connects a recipient, `alice` unless told. */
  connect(claims?: Partial<RecipientClaims>, options?: ClientOptions): Promise<Client>;
  /** Pushes as an API node does: commit, then publish. */
  push(text: string, over?: Partial<OutgoingMessage>, recipient?: string): Promise<OutgoingMessage>;
  pushGlobal(text: string, over?: Partial<OutgoingMessage>): Promise<OutgoingMessage>;
  tell(recipient: string | null, event: BusEvent): Promise<void>;
}

const cleanUps: Array<() => Promise<void> | void> = [];

/** For `afterEach`: ends what the test started. */
export async function cleanUp(): Promise<void> {
  for (const run of cleanUps.splice(0).reverse()) await run();
}

export async function startNode(config: Partial<DeliveryConfig> = {}, deps: Partial<DeliveryDeps> = {}): Promise<TestNode> {
  const clock = new TestClock();
  const store = new FakeStore(() => clock.now());
  const bus = new TestBus();
  const tokens = openTokens;
  const node = createDeliveryNode({
    store,
    bus,
    tokens,
    connectionLimits: noConnectionLimits,
    clock,
    metrics: noMetrics,
    logger: silentLogger,
    admin: async (path) => (path === '/healthz' ? { status: 200, contentType: 'text/plain', body: 'ok' } : null),
    config: { ...CONFIG, ...config },
    ...deps,
  });
  const { port } = await node.listen();
  cleanUps.push(() => node.stop());

  const token = (claims: Partial<RecipientClaims> = {}) =>
    tokens.issue({
      tenantId: TENANT,
      recipient: 'alice',
      topic: null,
      sourceIp: null,
      origin: null,
      revocation: 0,
      tokenId: 'one',
      issuedAt: clock.now(),
      expiresAt: clock.now() + 3_600_000,
      subscribe: [],
      publish: [],
      ...claims,
    });
  const tell = (recipient: string | null, event: BusEvent) =>
    bus.publish([{ channel: recipient === null ? tenantChannel(TENANT) : recipientChannel(TENANT, recipient), event }]);

  return {
    node,
    port,
    store,
    bus,
    clock,
    token,
    tell,
    async connect(claims, options) {
      const client = await Client.open(port, { token: token(claims), ...options });
      cleanUps.push(() => client.cut());
      return client;
    },
    async push(text, over, recipient = 'alice') {
      const message = store.add(TENANT, recipient, text, over);
      await tell(recipient, { type: 'message', message });
      return message;
    },
    async pushGlobal(text, over) {
      const message = store.addGlobal(TENANT, text, over);
      await tell(null, { type: 'global', message });
      return message;
    },
  };
}

/** Looks again whenever the event loop has turned, until it holds. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** A promise and the function that resolves it. */
export function gate(): { opened: Promise<void>; open(): void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
