import { randomBytes } from 'node:crypto';
import WebSocket from 'ws';
import type { ConfigWithDatabase, Node } from '../../src/app/contracts.js';
import { startNode } from '../../src/app/start-node.js';
import { loadConfig } from '../../src/config/index.js';
import type { Logger } from '../../src/core/ports/logger.js';
import { createDatabase, type TestDatabase } from '../support/index.js';

export type Frame = Record<string, unknown>;

/** Nests too deeply: the one frame that every protocol answers by an error. */
export const MALFORMED = `${'{"a":'.repeat(100)}1${'}'.repeat(100)}`;

/** Connects by WebSocket and keeps what comes. `next` waits for the first frame that has not been taken. */
export class LiveClient {
  readonly frames: Frame[] = [];
  closeCode: number | null = null;
  #taken = 0;
  #waiting: Array<() => void> = [];
  #id = 0;

  private constructor(readonly ws: WebSocket) {
    ws.on('message', (data) => {
      this.frames.push(JSON.parse(data.toString()));
      this.#wake();
    });
    ws.on('close', (code) => {
      this.closeCode = code;
      this.#wake();
    });
    ws.on('error', () => {});
  }

  /** Resolves with the client, or with the status of the refusal. */
  static connect(
    url: string,
    options: { protocols?: string[]; headers?: Record<string, string> } = {},
  ): Promise<LiveClient | number> {
    const ws = new WebSocket(url, options.protocols ?? [], { headers: options.headers ?? {} });
    const client = new LiveClient(ws);
    return new Promise((resolve, reject) => {
      ws.on('open', () => resolve(client));
      ws.on('unexpected-response', (_, response) => {
        resolve(response.statusCode ?? 0);
        response.destroy();
      });
      ws.on('error', reject);
    });
  }

  static async open(url: string, options: { protocols?: string[]; headers?: Record<string, string> } = {}): Promise<LiveClient> {
    const client = await LiveClient.connect(url, options);
    if (typeof client === 'number') throw new Error(`refused with ${client}`);
    return client;
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  send(frame: unknown): void {
    this.ws.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  async next(): Promise<Frame> {
    while (this.#taken >= this.frames.length) {
      if (this.closeCode !== null) throw new Error(`closed with ${this.closeCode}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    return this.frames[this.#taken++] as Frame;
  }

  /** Sends a command of `tidings.v1` and takes frames up to its answer. */
  async ask(frame: object): Promise<Frame> {
    const id = `c${++this.#id}`;
    this.send({ id, ...frame });
    for (;;) {
      const answer = await this.next();
      if (answer.id === id) return answer;
    }
  }

  async closed(): Promise<number> {
    while (this.closeCode === null) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.closeCode;
  }

  close(): void {
    this.ws.close();
  }
}

interface Registration {
  token: string;
  connectionUri: string;
  expiresAt: string;
}

export interface Installation {
  apiUrl: string;
  /** Has full scope, for tenant `default`. */
  key: string;
  /** Lists base URLs of the delivery nodes, without a trailing slash. */
  deliveryUrls: string[];
  /** Returns everything that was logged, at every level. */
  logged(): string;
  ask<Data>(query: string, variables?: object): Promise<Data>;
  register(input: object): Promise<Registration>;
  publish(
    ...events: object[]
  ): Promise<Array<{ index: number; id: string | null; error: { code: string; message: string } | null }>>;
  config(more?: Record<string, string>): ConfigWithDatabase;
  startDelivery(more?: Record<string, string>): Promise<{ url: string; stop(): Promise<void> }>;
  stop(): Promise<void>;
}

export interface InstallationOptions {
  /** Starts so many delivery nodes beside an API node; 0: one process is both. */
  deliveryNodes?: number;
  redisUrl?: string;
  env?: Record<string, string>;
}

/** Starts the product on a database of its own, composed as its commands compose it. */
export async function startInstallation(options: InstallationOptions = {}): Promise<Installation> {
  const database: TestDatabase = await createDatabase();
  const lines: string[] = [];
  const log = (fields: object, message: string) => {
    const text = (_: string, value: unknown) =>
      value instanceof Error ? { message: value.message, stack: value.stack, cause: value.cause } : value;
    lines.push(JSON.stringify({ ...fields, message }, text));
  };
  const logger: Logger = { debug: log, info: log, warn: log, error: log };
  const key = `tk_${randomBytes(24).toString('hex')}`;
  const env = {
    ...{ API_PORT: '0', DELIVERY_PORT: '0', METRICS: 'public', LOG_LEVEL: 'debug' },
    DATABASE_URL: database.url,
    TOKEN_SECRET: randomBytes(32).toString('hex'),
    BOOTSTRAP_API_KEY: key,
    PUBLIC_DELIVERY_URL: 'ws://127.0.0.1:1/push',
    SHUTDOWN_DELAY: '0',
    SHUTDOWN_SPREAD: '0',
    REDIS_PREFIX: randomBytes(6).toString('hex'),
    ...(options.redisUrl === undefined ? {} : { REDIS_URL: options.redisUrl }),
    ...options.env,
  };
  const nodes: Node[] = [];
  const config = (role: 'serve' | 'api' | 'delivery', more: Record<string, string> = {}) =>
    loadConfig(role, { ...env, ...more }) as ConfigWithDatabase;
  const note = async (starting: Promise<Node>): Promise<Node> => {
    const node = await starting;
    nodes.push(node);
    return node;
  };
  const deliveryUrls: string[] = [];
  let apiUrl: string;
  const count = options.deliveryNodes ?? 0;
  const startDeliveryNode = async (more: Record<string, string> = {}) => {
    const node = await note(startNode('delivery', config('delivery', more), { logger }));
    return { url: node.urls.delivery as string, stop: () => node.stop() };
  };
  if (count === 0) {
    const { PUBLIC_DELIVERY_URL: _, ...rest } = env;
    const node = await note(startNode('serve', loadConfig('serve', rest) as ConfigWithDatabase, { logger }));
    apiUrl = node.urls.api as string;
    deliveryUrls.push(node.urls.delivery as string);
  } else {
    apiUrl = (await note(startNode('api', config('api'), { logger }))).urls.api as string;
    for (let i = 0; i < count; i++) deliveryUrls.push((await startDeliveryNode()).url);
  }

  const installation: Installation = {
    apiUrl,
    key,
    deliveryUrls,
    logged: () => lines.join('\n'),
    config: (more) => config('delivery', more),
    startDelivery: startDeliveryNode,
    async ask<Data>(query: string, variables: object = {}): Promise<Data> {
      const response = await fetch(apiUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-api-key': key },
        body: JSON.stringify({ query, variables }),
      });
      const body = (await response.json()) as { data?: Data; errors?: Array<{ message: string; extensions: object }> };
      if (body.errors) throw Object.assign(new Error(body.errors[0]?.message), { extensions: body.errors[0]?.extensions });
      return body.data as Data;
    },
    async register(input) {
      const query =
        'mutation($input: RegisterRecipientInput!) { registerRecipient(input: $input) { token connectionUri expiresAt } }';
      return (await installation.ask<{ registerRecipient: Registration }>(query, { input: { recipient: 'ann', ...input } }))
        .registerRecipient;
    },
    async publish(...events) {
      const query = 'mutation($input: PublishEventsInput!) { publishEvents(input: $input) { index id error { code message } } }';
      const { publishEvents } = await installation.ask<{ publishEvents: Awaited<ReturnType<Installation['publish']>> }>(query, {
        input: { events: events.map((event) => ({ type: 'update', data: {}, ...event })) },
      });
      return publishEvents;
    },
    async stop() {
      for (const node of nodes.reverse()) await node.stop();
      await database.drop();
    },
  };
  return installation;
}
