import { randomUUID } from 'node:crypto';
import { FairSemaphore } from '../../lib/fair-semaphore.js';
import { sleep } from '../../lib/time/timers.js';
import type { SenderContext } from './sender-context.js';
import { TenantSender } from './tenant-sender.js';

/**
 * A lease lives so long without being renewed, in milliseconds: another node goes on within that and a look.
 */
const LEASE_MS = 6_000;
/** The node stops sending so long before its lease ends: its statement may have been on its way. */
const LEASE_MARGIN_MS = 1_000;
const RENEW_MS = 1_500;
/** Looks for tenants that have something to send this often, in milliseconds; up to half more. */
const LOOK_MS = 400;
/** Takes so many tenants at a look, so that nodes share them. */
const TAKEN_AT_ONCE = 8;
/** Requests of the node at once. */
const MOST_AT_ONCE = 1_000;
/** Waits so long for requests under way when it stops. The rest is made again by another node. */
const STOP_MS = 3_000;

/** Sends to webhooks, for the tenants whose leases it gets. Any number of nodes may. */
export class WebhookSender {
  readonly #node = randomUUID();
  readonly #tenants = new Map<string, TenantSender>();
  readonly #context: SenderContext;
  #stopped = false;
  #renewedAt = Number.NEGATIVE_INFINITY;
  #cancel = () => {};
  #looking: Promise<void> = Promise.resolve();

  constructor(context: Omit<SenderContext, 'slots'>) {
    this.#context = { ...context, slots: new FairSemaphore(MOST_AT_ONCE) };
    context.metrics.webhookRequests.read(() => this.#underWay);
    this.#plan();
  }

  get #underWay(): number {
    return [...this.#tenants.values()].reduce((sum, tenant) => sum + tenant.underWay, 0);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel();
    await this.#looking;
    const held = [...this.#tenants.keys()];
    for (const tenant of this.#tenants.values()) tenant.stop();
    const { timers, queue, logger } = this.#context;
    const until = timers.now() + STOP_MS;
    while (this.#underWay > 0 && timers.now() < until) await sleep(timers, 20);
    try {
      if (held.length > 0) await queue.releaseTenants(this.#node, held);
    } catch (error) {
      logger.debug({ err: error }, 'leases of webhooks were not given back: they end by themselves');
    }
  }

  #plan(): void {
    if (this.#stopped) return;
    const { timers } = this.#context;
    this.#cancel = timers.after(LOOK_MS * (1 + timers.random() / 2), () => {
      this.#looking = this.#look()
        .catch((error) => this.#context.logger.debug({ err: error }, 'leases of webhooks could not be had, which is tried again'))
        .then(() => this.#plan());
    });
  }

  async #look(): Promise<void> {
    const { timers, queue } = this.#context;
    if (timers.now() - this.#renewedAt >= RENEW_MS) await this.#renew();
    const asked = timers.now();
    for (const tenantId of await queue.claimTenants(this.#node, LEASE_MS, TAKEN_AT_ONCE)) this.#start(tenantId, endOf(asked));
  }

  async #renew(): Promise<void> {
    const { timers, queue } = this.#context;
    const asked = timers.now();
    const held = [...this.#tenants.keys()];
    const kept = new Set(held.length === 0 ? [] : await queue.renewTenants(this.#node, held, LEASE_MS));
    this.#renewedAt = asked;
    for (const [tenantId, tenant] of this.#tenants) {
      if (kept.has(tenantId)) tenant.renew(endOf(asked));
      else if (held.includes(tenantId)) tenant.stop();
    }
  }

  #start(tenantId: string, leasedUntil: number): void {
    const tenant = new TenantSender(tenantId, leasedUntil, this.#context);
    this.#tenants.get(tenantId)?.stop();
    this.#tenants.set(tenantId, tenant);
    void tenant.done.then(() => this.#done(tenant));
  }

  /** Gives a lease back that is not needed. */
  async #done(tenant: TenantSender): Promise<void> {
    const { queue, logger } = this.#context;
    if (this.#stopped || this.#tenants.get(tenant.tenantId) !== tenant) return;
    this.#tenants.delete(tenant.tenantId);
    await queue
      .releaseTenants(this.#node, [tenant.tenantId])
      .catch((error: unknown) => logger.debug({ err: error }, 'a lease of webhooks was not given back: it ends by itself'));
  }
}

const endOf = (asked: number): number => asked + LEASE_MS - LEASE_MARGIN_MS;
