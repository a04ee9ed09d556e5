import type { AuditNote } from '../../../domain/audit.js';
import type { Webhook, WebhookAttempt, WebhookSettings } from '../../../domain/webhook/webhook.js';
import type { Page, TimeRange } from '../query-store.js';

export interface NewWebhook {
  readonly tenantId: string;
  /** Key that makes it. */
  readonly keyId: string;
  readonly settings: WebhookSettings;
  /** Encrypted. */
  readonly secret: Buffer;
}

/** Names a webhook of a tenant. */
export interface WebhookOf {
  readonly tenantId: string;
  readonly id: string;
}

/** Null leaves a setting as it is; an empty description takes it away. */
export type WebhookChange = { readonly [Key in keyof WebhookSettings]: WebhookSettings[Key] | null } & {
  readonly paused: boolean | null;
  /** Takes the place of the secret if the URL becomes another one. Encrypted. */
  readonly secretOfAnotherUrl: Buffer | null;
};

export interface SecretRotation {
  /** Encrypted. */
  readonly secret: Buffer;
  /** The former secret signs, too, for so long. */
  readonly overlapSeconds: number;
}

/** What a test needs to know. */
export interface TestedWebhook extends WebhookOf {
  readonly url: string;
  /** Encrypted; all of them sign. */
  readonly secrets: readonly Buffer[];
}

export interface AttemptQuery {
  readonly webhookId: string;
  /** Number of an event that the attempt had. */
  readonly eventId: string | null;
  readonly failed: boolean | null;
}

/** Selects events that match all that is given. Null is not given. */
export interface ReplaySelection {
  readonly eventIds: readonly string[] | null;
  readonly recorded: TimeRange | null;
  readonly failedOnly: boolean;
}

/** Webhooks as their tenants manage them: each change is one commit with its note. */
export interface WebhookStore {
  /** Lists the oldest first. */
  listWebhooks(tenantId: string): Promise<Webhook[]>;
  /** @throws TidingsError BAD_USER_INPUT while the feed is off, QUOTA_EXCEEDED for the eleventh */
  createWebhook(webhook: NewWebhook, note?: AuditNote | null): Promise<Webhook>;
  /** Returns null if there is no such webhook, as the methods below do. */
  updateWebhook(of: WebhookOf, change: WebhookChange, note?: AuditNote | null): Promise<Webhook | null>;
  rotateWebhookSecret(of: WebhookOf, rotation: SecretRotation, note?: AuditNote | null): Promise<Webhook | null>;
  /** Returns it as it was. */
  deleteWebhook(of: WebhookOf, note?: AuditNote | null): Promise<Webhook | null>;
  /** Counts a test. @throws TidingsError RATE_LIMITED */
  beginTest(of: WebhookOf, note?: AuditNote | null): Promise<TestedWebhook | null>;
  recordTest(of: WebhookOf, attempt: WebhookAttempt): Promise<void>;
  /** Lists attempts, newest first. */
  listAttempts(tenantId: string, query: AttemptQuery, after: string | null, limit: number): Promise<Page<WebhookAttempt>>;
  replayWebhook(
    of: WebhookOf,
    selection: ReplaySelection,
    note?: AuditNote | null,
  ): Promise<{ replayed: number; complete: boolean } | null>;
}
