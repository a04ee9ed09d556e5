import type { StatusEventType } from '../../../domain/status-feed/status-event.js';
import type { ToldEvent } from '../../../domain/webhook/webhook-body.js';

/** A webhook as its sender needs to know it. */
export interface SendableWebhook {
  readonly tenantId: string;
  readonly id: string;
  readonly url: string;
  readonly events: readonly StatusEventType[];
  readonly includeText: boolean;
  readonly maxBatch: number;
  readonly globals: boolean;
  /** Only its oldest request is tried. */
  readonly failing: boolean;
  /** Encrypted; all of them sign. */
  readonly secrets: readonly Buffer[];
  /** Number of the last event that was looked at for it. */
  readonly position: number;
  /** There are events behind that. */
  readonly behind: boolean;
}

/** Events of one request, with all that its body says. */
export interface WebhookRequestDue {
  readonly requestId: string;
  /** False: its body is that of its only event. */
  readonly batch: boolean;
  /** Attempts that were made before. */
  readonly attempts: number;
  readonly told: readonly (ToldEvent & { readonly number: number })[];
}

export interface Gathered {
  /** Requests that can be sent at once. They wait in the queue until they have ended. */
  readonly requests: readonly WebhookRequestDue[];
  /** There is more to be gathered now. */
  readonly more: boolean;
}

/** How an attempt ended. */
export interface EndedAttempt {
  readonly requestId: string;
  readonly numbers: readonly number[];
  readonly messageIds: readonly string[];
  /** From 1 on. */
  readonly attempt: number;
  readonly at: Date;
  readonly httpStatus: number | null;
  readonly error: string | null;
  readonly durationMs: number;
  readonly responseStart: string | null;
  readonly succeeded: boolean;
  /** Milliseconds until the next attempt; null if none follows. */
  readonly delayMs: number | null;
}

/** What attempts have made of a webhook. */
export interface AfterAttempts {
  readonly failing: boolean;
  /** Why it was disabled now, if it was. */
  readonly disabled: 'gone' | 'failed' | null;
  readonly givenUp: number;
}

/**
 * Keeps what is on its way to webhooks. One node sends for a tenant at a time, by a lease that it renews;
 * what waits is in the database, so another node goes on where one has died. A statement of a node whose
 * lease has gone meanwhile does no harm.
 */
export interface WebhookQueue {
  /** Takes leases of tenants that have something to send and that nobody sends for. */
  claimTenants(node: string, leaseMs: number, limit: number): Promise<string[]>;
  /** Returns those whose leases are still the node's. */
  renewTenants(node: string, tenantIds: readonly string[], leaseMs: number): Promise<string[]>;
  releaseTenants(node: string, tenantIds: readonly string[]): Promise<void>;
  /** Lists a tenant's webhooks that are ACTIVE or FAILING. */
  sendableWebhooks(tenantId: string): Promise<SendableWebhook[]>;
  /**
   * Makes requests of events that came since the webhook's position, and puts them into the queue. An event
   * whose message has a former one there waits for that.
   * @param limit requests
   */
  gatherEvents(webhook: SendableWebhook, limit: number): Promise<Gathered>;
  /**
   * Finds requests that are due and wait for no former event.
   * @param known ids of requests that are under way
   */
  dueRequests(webhook: SendableWebhook, known: readonly string[], limit: number): Promise<WebhookRequestDue[]>;
  /** Records attempts of one webhook in the order of their ends; null if the webhook is gone. */
  endAttempts(webhook: Pick<SendableWebhook, 'tenantId' | 'id'>, ended: readonly EndedAttempt[]): Promise<AfterAttempts | null>;
}

/** Does what is left to be done from time to time. Any node may; one does at a time. */
export interface WebhookJanitor {
  /**
   * Gives up what the feed is about to forget, deletes old attempts and what deleted webhooks have left, a
   * bounded piece; null if another node is at it.
   */
  cleanUpWebhooks(): Promise<{ expired: number; deleted: number; more: boolean } | null>;
}
