import type { StatusEventType } from '../status-feed/status-event.js';

/** Events of one request, at most. */
export const MAX_BATCH = 500;
/** Webhooks of a tenant. */
export const WEBHOOKS_PER_TENANT = 10;
/** Events that one call replays. */
export const REPLAYED_PER_CALL = 100_000;
/** Tests of a webhook in a minute. */
export const TESTS_PER_MINUTE = 10;

/**
 * ACTIVE: events are posted as they come. FAILING: only the oldest request is tried. PAUSED by its tenant,
 * DISABLED by what its receiver answered, or did not.
 */
export type WebhookState = 'ACTIVE' | 'FAILING' | 'PAUSED' | 'DISABLED';

/** What a tenant says of a webhook. */
export interface WebhookSettings {
  readonly url: string;
  readonly events: StatusEventType[];
  readonly description: string | null;
  readonly includeText: boolean;
  readonly maxBatch: number;
  readonly globals: boolean;
}

/** Is told of status events, by requests to a URL. See docs/design/webhooks.md. */
export interface Webhook extends WebhookSettings {
  readonly id: string;
  readonly state: WebhookState;
  readonly stateReason: string | null;
  readonly createdAt: Date;
  readonly createdBy: string | null;
  readonly lastSuccessAt: Date | null;
  /** The first failure since the last success. */
  readonly failingSince: Date | null;
  /** Events that wait for it, counted up to a bound. */
  readonly waiting: number;
  readonly dropped: number;
}

/** How an attempt went. */
export interface WebhookAttempt {
  readonly id: string;
  readonly at: Date;
  readonly eventIds: string[];
  readonly attempt: number;
  readonly httpStatus: number | null;
  readonly error: string | null;
  readonly durationMs: number;
  readonly responseStart: string | null;
  readonly nextAttemptAt: Date | null;
}

/** Returns a URL as logs may have it: what follows its path can hold a secret. */
export function loggedUrl(text: string): string {
  if (!URL.canParse(text)) return '';
  const { origin, pathname } = new URL(text);
  return `${origin}${pathname}`;
}
