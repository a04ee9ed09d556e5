import type { SendableWebhook } from '../../core/ports/stores/webhooks/webhook-queue.js';
import type { SenderContext } from './sender-context.js';
import { WebhookLane } from './webhook-lane.js';

/** Requests of a tenant at once. */
const MOST_AT_ONCE = 100;
/** Looks again after so many milliseconds: soon after there was work, then less often. */
const LOOK_MS = { first: 50, last: 500 };
/** Gives the lease back after so many milliseconds without work. */
const IDLE_MS = 3_000;

/** Sends to the webhooks of one tenant, as long as the node has the lease. */
export class TenantSender {
  readonly #lanes = new Map<string, WebhookLane>();
  #underWay = 0;
  #stopped = false;
  #workedAt: number;
  #waitMs = LOOK_MS.first;
  #wake: () => void = () => {};
  /** The node may send until then, by its own time. */
  #leasedUntil: number;
  /** Resolves once nothing more is started: the lease can be given back once `underWay` is 0. */
  readonly done: Promise<void>;

  constructor(
    readonly tenantId: string,
    leasedUntil: number,
    private readonly context: SenderContext,
  ) {
    this.#leasedUntil = leasedUntil;
    this.#workedAt = context.timers.now();
    this.done = this.#run();
  }

  get underWay(): number {
    return this.#underWay;
  }

  renew(leasedUntil: number): void {
    this.#leasedUntil = leasedUntil;
  }

  /** Starts nothing more. */
  stop(): void {
    this.#stopped = true;
    for (const lane of this.#lanes.values()) lane.rest();
    this.#wake();
  }

  #mayStart(): boolean {
    return !this.#stopped && this.context.timers.now() < this.#leasedUntil;
  }

  async #run(): Promise<void> {
    while (!this.#stopped && !this.#isIdle()) {
      let more = false;
      try {
        more = this.#mayStart() && (await this.#look());
      } catch (error) {
        this.context.logger.debug({ err: error }, 'webhooks could not be looked at, which is tried again');
      }
      if (!more) await this.#pause();
    }
  }

  #isIdle(): boolean {
    return this.#underWay === 0 && this.context.timers.now() - this.#workedAt > IDLE_MS;
  }

  /** Reads what there is to send. Returns whether there is more right now. */
  async #look(): Promise<boolean> {
    const webhooks = await this.context.queue.sendableWebhooks(this.tenantId);
    const lanes = webhooks.flatMap((webhook) => this.#laneOf(webhook));
    for (const [id, lane] of this.#lanes) {
      if (webhooks.some((webhook) => webhook.id === id)) continue;
      lane.rest();
      if (!lane.hasWork) this.#lanes.delete(id);
    }
    const filled = await Promise.all(lanes.map((lane) => lane.fill()));
    this.#pump();
    if (lanes.some((lane) => lane.hasWork)) {
      this.#workedAt = this.context.timers.now();
      this.#waitMs = LOOK_MS.first;
    }
    return filled.some((more) => more);
  }

  #laneOf(webhook: SendableWebhook): WebhookLane[] {
    const lane = this.#lanes.get(webhook.id) ?? new WebhookLane(webhook, this.context, this.#owner);
    this.#lanes.set(webhook.id, lane);
    return lane.update(webhook) ? [lane] : [];
  }

  readonly #owner = {
    mayStart: () => this.#mayStart(),
    hasRoom: () => this.#underWay < MOST_AT_ONCE,
    changed: (by: 1 | -1) => {
      this.#underWay += by;
      if (by === -1) this.#roomCame();
    },
  };

  #roomCame(): void {
    this.#workedAt = this.context.timers.now();
    this.#pump();
    this.#wake();
  }

  /** Webhooks take turns in the room of their tenant: the one that has most under way comes last. */
  #pump(): void {
    for (const lane of [...this.#lanes.values()].sort((a, b) => a.underWay - b.underWay)) lane.pump();
  }

  async #pause(): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = this.context.timers.after(this.#waitMs, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
    this.#wake = () => {};
    this.#waitMs = Math.min(LOOK_MS.last, this.#waitMs * 2);
  }
}
