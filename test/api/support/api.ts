import { createHash, randomUUID } from 'node:crypto';
import { type ApiDeps, createApi } from '../../../src/api/index.js';
import { FULL_SCOPE } from '../../../src/core/domain/roles.js';
import type { Logger } from '../../../src/core/ports/logger.js';
import { silentLogger } from '../../../src/core/ports/logger.js';
import type { BusAnswers, BusMessage, BusQuestion, MessageBus } from '../../../src/core/ports/message-bus.js';
import { noMetrics } from '../../../src/core/ports/metrics.js';
import type { FoundApiKey } from '../../../src/core/ports/stores/api-key-store.js';
import { noLimiter } from '../../../src/core/ports/tenant-limiter.js';
import { createPageTokens } from '../../../src/core/validation/page-token.js';
import { systemClock } from '../../../src/lib/time/clock.js';
import { createRecipientTokens } from '../../../src/token/index.js';
import { fakeLive } from './live.js';
import { MemoryStore } from './memory-store.js';
import { nothingReached } from './memory-webhooks.js';

export const SECRETS = ['a secret of the tests that is long enough'] as const;

export const hashOf = (key: string) => createHash('sha256').update(key).digest();

/** Keys at the seam to the database. */
export class MemoryKeys {
  readonly #keys = new Map<string, FoundApiKey>();
  /** Thrown by every look-up while set. */
  failure: unknown = null;
  lookups = 0;

  add(key: string, properties: Partial<FoundApiKey> = {}): FoundApiKey {
    const hash = hashOf(key);
    const record: FoundApiKey = {
      keyId: randomUUID(),
      tenantId: randomUUID(),
      prefix: key.slice(0, 8),
      name: null,
      role: null,
      scope: FULL_SCOPE,
      hash,
      expiresAt: null,
      revokedAt: null,
      tenantActive: true,
      tenantLimits: null,
      ...properties,
    };
    this.#keys.set(hash.toString('hex'), record);
    return record;
  }

  async findKey(hash: Buffer): Promise<FoundApiKey | null> {
    this.lookups++;
    if (this.failure) throw this.failure;
    return this.#keys.get(hash.toString('hex')) ?? null;
  }

  touchKey(): void {}
}

/** A bus that notes what was published. */
export class NotingBus implements MessageBus {
  readonly published: BusMessage[] = [];

  async publish(messages: readonly BusMessage[]): Promise<void> {
    this.published.push(...messages);
  }
  async subscribe() {
    return { close() {} };
  }
  /** Nobody is there, unless a test says so. */
  answers: (question: BusQuestion) => BusAnswers = () => ({ answers: [], complete: true });
  readonly asked: BusQuestion[] = [];
  async ask(questions: readonly BusQuestion[]) {
    this.asked.push(...questions);
    return questions.map((question) => this.answers(question));
  }
  onGap() {
    return () => {};
  }
  async close() {}
}

export interface Answer {
  status: number;
  headers: Headers;
  // Each test says what it expects of an answer.
  body: {
    data?: Record<string, never> | null;
    errors?: Array<{ message: string; path?: unknown[]; extensions: Record<string, unknown> }>;
  };
}

export interface TestApi {
  url: string;
  store: MemoryStore;
  keys: MemoryKeys;
  bus: NotingBus;
  tenantId: string;
  node: ReturnType<typeof createApi>;
  /** A call with the key of full scope unless another is given; an empty key is not sent. */
  call(query: string, variables?: object, options?: { key?: string; headers?: Record<string, string> }): Promise<Answer>;
  post(body: unknown, headers?: Record<string, string>): Promise<Response>;
}

export const KEY = 'tk_full';

/** A running API node on fakes at its seams; `overrides` put others in their place. */
export async function startApi(overrides: Partial<ApiDeps> = {}): Promise<TestApi> {
  const store = new MemoryStore();
  const keys = new MemoryKeys();
  const bus = new NotingBus();
  const { tenantId, keyId: id, hash: _, tenantActive: __, ...found } = keys.add(KEY);
  store.keys.push({
    ...found,
    ...{ id, tenantId, createdBy: null, bootstrap: false, createdAt: new Date(), lastUsedAt: null },
  });
  const node = createApi({
    config: { host: '127.0.0.1', port: 0, tokenTtlMs: 24 * 60 * 60 * 1000, activityRetentionMs: 7 * 86_400_000, trustProxy: [] },
    store,
    keys,
    bus,
    tokens: createRecipientTokens(SECRETS),
    pageTokens: createPageTokens(SECRETS),
    clock: systemClock,
    logger: silentLogger,
    publicDeliveryUrl: 'ws://127.0.0.1:4001',
    version: '1.2.3',
    metrics: noMetrics,
    consoleFolder: null,
    admin: null,
    live: fakeLive(),
    limiter: noLimiter,
    ...nothingReached,
    ...overrides,
  });
  const { port } = await node.listen();
  const url = `http://127.0.0.1:${port}/graphql`;
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': KEY, ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  return {
    url,
    store,
    keys,
    bus,
    tenantId,
    node,
    post,
    async call(query, variables = {}, { key = KEY, headers = {} } = {}) {
      const response = await post({ query, variables }, { ...headers, 'x-api-key': key });
      return { status: response.status, headers: response.headers, body: (await response.json()) as Answer['body'] };
    },
  };
}

export interface LogLine {
  level: string;
  fields: object;
  message: string;
}

/** A logger that keeps its lines. */
export function keepingLogger(): Logger & { lines: LogLine[] } {
  const lines: LogLine[] = [];
  const log = (level: string) => (fields: object, message: string) => void lines.push({ level, fields, message });
  return { lines, debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
}
