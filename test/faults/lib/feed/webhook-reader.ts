import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { withClient } from '../../../../src/store/database/migrations.js';
import { until } from '../../../support/index.js';
import type { Api } from '../api.js';
import type { FeedReader, ReadEvent } from './feed-reader.js';

const CREATE = `mutation ($url: String!) {
  createWebhook(input: { url: $url, events: [DELIVERED, RECALLED, EXPIRED, OVERDUE, LATE_RECEIPT], maxBatch: 20, globals: true }) {
    secret
    webhook { id }
  }
}`;
const STATE = '{ webhooks { id state waiting dropped } }';
const SWITCH_ON = 'mutation ($id: ID!) { updateWebhook(input: { id: $id, paused: false }) { state } }';
// Further attempts would come after minutes and hours. Rows of a request are changed together, as the nodes do.
const FORWARD = `BEGIN; SELECT FROM webhooks FOR NO KEY UPDATE;
  UPDATE webhook_queue SET due_at = now() WHERE due_at > now() AND due_at <> 'infinity'; COMMIT`;

/** Answers every so manieth request wrongly, each time in the next way. */
const FAULT_EVERY = 20;
/** Has mercy on a request that failed so often: after ten attempts it would be given up. */
const FAILURES_OF_ONE = 3;
/** Is away so long, in milliseconds, at every so manieth request: all fail, so the webhook becomes FAILING. */
const AWAY_MS = 2_000;
const AWAY_EVERY = 300;
const LOOK_MS = 500;
const END_MS = 60_000;

interface Told {
  id: string;
  type: string;
  timestamp: string;
  data: { id: string; events?: Told[] };
}

/** Ways to fail. What answers nothing has taken the events all the same, so they come twice. */
const FAULTS: ReadonlyArray<readonly [takes: boolean, fail: (response: ServerResponse) => unknown]> = [
  [false, (response) => response.writeHead(500).end('not now')],
  [true, () => {}],
  [false, (response) => response.writeHead(410).end()],
  [false, (response) => response.writeHead(429, { 'retry-after': '2' }).end()],
  [false, (response) => response.writeHead(307, { location: '/elsewhere' }).end()],
  [true, (response) => response.destroy()],
];

/** Receives what a webhook posts, badly, and does for it what people would: switches it on again, and waits. */
class WebhookReader implements FeedReader {
  readonly name = 'webhook';
  readonly order = 'message';
  readonly events: ReadEvent[] = [];
  readonly cameAt: number[] = [];
  readonly breaches: string[] = [];
  readonly #server = createServer((request, response) => void this.#receive(request, response));
  readonly #seen = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #states = new Set<string>();
  #counts = { requests: 0, failed: 0, twice: 0 };
  #awayUntil = 0;
  #isGood = false;
  #id = '';
  /** Null until the secret is answered. */
  #verifier: Webhook | null = null;
  #tending = Promise.resolve();
  #isStopped = false;

  constructor(
    private readonly api: Api,
    private readonly databaseUrl: string,
  ) {}

  get story(): string {
    const { requests, failed, twice } = this.#counts;
    return `${requests} requests, ${failed} failed by the receiver, ${twice} events came again, states ${[...this.#states].join(', ')}`;
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
    const { createWebhook } = await this.api.call<{ createWebhook: { secret: string; webhook: { id: string } } }>(CREATE, {
      url,
    });
    this.#verifier = new Webhook(createWebhook.secret);
    this.#id = createWebhook.webhook.id;
    this.#tending = this.#tend();
  }

  async stop(): Promise<void> {
    this.#isGood = true;
    await until(
      'nothing to wait for the webhook',
      async () => {
        const webhook = await this.#state();
        if (webhook?.dropped) this.breaches.push(`${webhook.dropped} events were given up`);
        return webhook?.waiting === 0;
      },
      END_MS,
    );
    this.#isStopped = true;
    await this.#tending;
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #tend(): Promise<void> {
    for (; !this.#isStopped; await delay(LOOK_MS)) {
      // Nodes and database are being killed.
      await withClient(this.databaseUrl, (client) => client.query(FORWARD)).catch(() => {});
      const webhook = await this.#state();
      if (webhook !== undefined) this.#states.add(webhook.state);
      if (webhook?.state === 'DISABLED') await this.api.call(SWITCH_ON, { id: this.#id }).catch(() => {});
    }
  }

  async #state(): Promise<{ state: string; waiting: number; dropped: number } | undefined> {
    type Answer = { webhooks: Array<{ id: string; state: string; waiting: number; dropped: number }> };
    const answer = await this.api.call<Answer>(STATE, {}, 5_000).catch(() => null);
    return answer?.webhooks.find(({ id }) => id === this.#id);
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A node that is killed in the middle of a request leaves half of it.
    const body = await buffer(request).catch(() => null);
    if (body === null) return;
    if (request.url !== '/') this.breaches.push(`a redirect was followed to ${request.url}`);
    const told = this.#verified(body, request);
    if (told === null) return void response.writeHead(401).end();
    this.#counts.requests++;
    const [takes, fail] = this.#faultOf(told.id) ?? [true, null];
    if (takes) for (const event of told.data.events ?? [told]) this.#take(event);
    if (fail) fail(response);
    else response.writeHead(204).end();
  }

  #verified(body: Buffer, { headers }: IncomingMessage): Told | null {
    if (this.#verifier === null) return null;
    try {
      return this.#verifier.verify(body, headers as Record<string, string>) as Told;
    } catch (error) {
      this.breaches.push(`a signature is wrong: ${error}`);
      return null;
    }
  }

  #faultOf(id: string): (typeof FAULTS)[number] | null {
    if (this.#isGood) return null;
    const { requests, failed } = this.#counts;
    if (requests % AWAY_EVERY === 0) this.#awayUntil = Date.now() + AWAY_MS;
    const isAway = Date.now() < this.#awayUntil;
    const failures = this.#failures.get(id) ?? 0;
    if (!isAway && (requests % FAULT_EVERY !== 0 || failures >= FAILURES_OF_ONE)) return null;
    this.#failures.set(id, failures + 1);
    this.#counts.failed++;
    return isAway ? [false, (response) => response.writeHead(503).end()] : (FAULTS[failed % FAULTS.length] ?? null);
  }

  #take({ id, type, timestamp, data }: Told): void {
    if (this.#seen.has(id)) {
      this.#counts.twice++;
      return;
    }
    this.#seen.add(id);
    this.events.push({ id, type: type.replace('message.', '').toUpperCase(), messageId: data.id, at: timestamp });
    this.cameAt.push(Date.now());
  }
}

/** Makes a webhook, and follows by what it posts. */
export async function startWebhookReader(api: Api, databaseUrl: string): Promise<FeedReader> {
  const reader = new WebhookReader(api, databaseUrl);
  await reader.start();
  return reader;
}
