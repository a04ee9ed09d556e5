import { delayAfter, GONE, isSuccess } from '../../core/domain/webhook/attempt-schedule.js';
import { loggedUrl } from '../../core/domain/webhook/webhook.js';
import { batchBody, singleBody } from '../../core/domain/webhook/webhook-body.js';
import type { EndedAttempt, SendableWebhook, WebhookRequestDue } from '../../core/ports/stores/webhooks/webhook-queue.js';
import { MicroBatcher } from '../../lib/micro-batcher.js';
import { sleep } from '../../lib/time/timers.js';
import type { WebhookAnswer } from '../http/webhook-client.js';
import type { Posting } from '../webhook-poster.js';
import type { SenderContext } from './sender-context.js';

/** Requests to one endpoint at once. */
const MOST_AT_ONCE = 20;
/** Keeps so many requests at hand, of one event and of several. */
const AT_HAND = { single: 200, batch: 4 };
/** Reads what is at hand again after so long: it may have been erased meanwhile. In milliseconds. */
const FRESH_MS = 2_000;
/** Looks for what is due this often, in milliseconds. */
const LOOK_MS = 500;
/** Records attempts together, at most so many. */
const RECORDED_AT_ONCE = 200;
/** Tries again to record an attempt after so many milliseconds, as long as the lease holds. */
const RECORD_AGAIN_MS = 500;

/** What a lane asks of its tenant. */
export interface LaneOwner {
  /** The node may send: nobody else does. */
  mayStart(): boolean;
  /** There is room for one more request of the tenant. */
  hasRoom(): boolean;
  /** A request began or ended. */
  changed(by: 1 | -1): void;
}

/** Sends to one webhook: what is due, and what comes. See docs/design/webhooks.md. */
export class WebhookLane {
  #webhook: SendableWebhook;
  #secrets: readonly string[] = [];
  readonly #underWay = new Set<string>();
  #atHand: WebhookRequestDue[] = [];
  #readAt = 0;
  #lookedAt = Number.NEGATIVE_INFINITY;
  readonly #ended: MicroBatcher<EndedAttempt, null>;

  constructor(
    webhook: SendableWebhook,
    private readonly context: SenderContext,
    private readonly owner: LaneOwner,
  ) {
    this.#webhook = webhook;
    this.#ended = new MicroBatcher((ended) => this.#record(ended), { maxItems: RECORDED_AT_ONCE });
  }

  get underWay(): number {
    return this.#underWay.size;
  }

  get hasWork(): boolean {
    return this.#underWay.size > 0 || this.#atHand.length > 0;
  }

  /** Takes what the tenant has changed. Returns false if nothing can be signed. */
  update(webhook: SendableWebhook): boolean {
    const { poster, logger } = this.context;
    this.#webhook = webhook;
    try {
      this.#secrets = poster.openSecrets(webhook.tenantId, webhook.secrets);
      return true;
    } catch (error) {
      logger.error(
        { err: error, webhookId: webhook.id, tenantId: webhook.tenantId },
        'a webhook waits: its secret does not open',
      );
      return false;
    }
  }

  /** Nothing more is to be started. */
  rest(): void {
    this.#atHand = [];
  }

  /** Reads what can be sent, as far as there is room. Returns whether there is more. */
  async fill(): Promise<boolean> {
    const { queue, timers } = this.context;
    if (timers.now() - this.#readAt > FRESH_MS) this.#atHand = [];
    if (this.#atHand.length >= Math.min(this.#kept, this.#atOnce) || (this.#webhook.failing && this.hasWork)) return false;
    if (this.#atHand.length === 0) this.#readAt = timers.now();
    if (timers.now() - this.#lookedAt >= LOOK_MS) await this.#takeDue();
    if (!this.#webhook.behind || (this.#webhook.failing && this.hasWork)) return false;
    const { requests, more } = await queue.gatherEvents(this.#webhook, this.#kept);
    this.#take(requests);
    return more;
  }

  /** Starts what may be started. */
  pump(): void {
    while (this.#atHand.length > 0 && this.#underWay.size < this.#atOnce && this.owner.hasRoom() && this.owner.mayStart()) {
      const request = this.#atHand.shift() as WebhookRequestDue;
      this.#underWay.add(request.requestId);
      this.owner.changed(1);
      void this.#send(request).finally(() => {
        this.#underWay.delete(request.requestId);
        this.owner.changed(-1);
      });
    }
  }

  /** Requests at once. */
  get #atOnce(): number {
    return this.#webhook.failing ? 1 : MOST_AT_ONCE;
  }

  /** Requests that are read at once. */
  get #kept(): number {
    if (this.#webhook.failing) return 1;
    return this.#webhook.maxBatch > 1 ? AT_HAND.batch : AT_HAND.single;
  }

  get #known(): string[] {
    return [...this.#underWay, ...this.#atHand.map(({ requestId }) => requestId)];
  }

  async #takeDue(): Promise<void> {
    const due = await this.context.queue.dueRequests(this.#webhook, this.#known, this.#kept);
    this.#take(due);
    // Where there is more, the next look need not wait.
    if (due.length < this.#kept) this.#lookedAt = this.context.timers.now();
  }

  #take(requests: readonly WebhookRequestDue[]): void {
    const known = new Set(this.#known);
    this.#atHand.push(...requests.filter(({ requestId }) => !known.has(requestId)));
  }

  async #send(request: WebhookRequestDue): Promise<void> {
    const { slots, poster, clock } = this.context;
    const { tenantId, url } = this.#webhook;
    await slots.acquire(tenantId);
    try {
      // Whoever waited for long may have lost the lease: then the request is another node's.
      if (!this.owner.mayStart()) return;
      const at = clock.now();
      const answer = await poster.post(url, this.#secrets, postingOf(request));
      this.#count(answer);
      await this.#ended.add(this.#endOf(request, at, answer));
    } catch (error) {
      this.context.logger.debug({ err: error }, 'an attempt could not be recorded: it is made again');
    } finally {
      slots.release();
    }
  }

  #endOf({ requestId, told, attempts }: WebhookRequestDue, at: number, answer: WebhookAnswer): EndedAttempt {
    const { httpStatus, error, durationMs, responseStart, retryAfter } = answer;
    const attempt = attempts + 1;
    const succeeded = isSuccess(httpStatus);
    const { clock, timers, logger } = this.context;
    const failed = { attempt, httpStatus, retryAfter, now: clock.now() };
    const delayMs = succeeded ? null : delayAfter(failed, () => timers.random());
    if (httpStatus === GONE) logger.info({ webhookId: this.#webhook.id, url: loggedUrl(this.#webhook.url) }, 'a webhook is gone');
    const numbers = told.map(({ number }) => number);
    const messageIds = told.map(({ event }) => event.messageId);
    return {
      ...{ requestId, numbers, messageIds, attempt, at: new Date(at), httpStatus, error, durationMs, responseStart },
      ...{ succeeded, delayMs },
    };
  }

  #count({ httpStatus, durationMs }: WebhookAnswer): void {
    const { metrics, usage } = this.context;
    metrics.webhookAttempts[isSuccess(httpStatus) ? 'succeeded' : 'failed'].inc();
    metrics.webhookSeconds.observe(durationMs / 1000);
    usage.count(this.#webhook.tenantId, 'webhookAttempts');
  }

  /** Records attempts, also once the database is back. Where the lease is lost, they are made again. */
  async #record(ended: EndedAttempt[]): Promise<null[]> {
    for (;;) {
      try {
        const after = await this.context.queue.endAttempts(this.#webhook, ended);
        if (after !== null) this.#heed(after);
        return ended.map(() => null);
      } catch (error) {
        if (!this.owner.mayStart()) throw error;
        await sleep(this.context.timers, RECORD_AGAIN_MS);
      }
    }
  }

  #heed({ failing, disabled, givenUp }: { failing: boolean; disabled: 'gone' | 'failed' | null; givenUp: number }): void {
    const { metrics, logger } = this.context;
    metrics.webhookEventsDropped.inc(givenUp);
    if (disabled !== null) {
      metrics.webhooksDisabled[disabled].inc();
      logger.warn({ webhookId: this.#webhook.id, tenantId: this.#webhook.tenantId, why: disabled }, 'a webhook is disabled');
    }
    // What is at hand waits for the oldest request.
    if (failing || disabled !== null) this.#atHand = [];
    this.#webhook = { ...this.#webhook, failing };
    this.#lookedAt = failing ? this.#lookedAt : Number.NEGATIVE_INFINITY;
  }
}

/** The id of a single event is its own, in every attempt; a batch has that of its request. */
function postingOf({ requestId, batch, told }: WebhookRequestDue): Posting {
  const [first] = told;
  if (first === undefined) throw new Error('a request without events');
  if (!batch) return { id: first.event.id, body: singleBody(first) };
  return { id: requestId, body: batchBody(requestId, madeAt(requestId), told) };
}

/** Ids of requests are of version 7: they begin with the milliseconds of their making. */
const madeAt = (requestId: string): Date => new Date(Number.parseInt(requestId.slice(0, 8) + requestId.slice(9, 13), 16));
