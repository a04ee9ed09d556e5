import { operation } from '../../data/operation.js';
import type { TimeRange } from '../../words/span-of-time.js';
import type { WebhookHealth } from '../../words/webhook-words.js';

/** A URL that is told of status events. */
export interface WebhookRow extends WebhookHealth {
  id: string;
  url: string;
  events: string[];
  description: string | null;
  includeText: boolean;
  maxBatch: number;
  globals: boolean;
  createdAt: string;
  dropped: number;
}

/** A tenant has so many webhooks, at most. */
export const MOST_WEBHOOKS = 10;

export const WEBHOOKS = operation<{ webhooks: WebhookRow[] }>(/* GraphQL */ `
  query webhooks {
    webhooks {
      id
      url
      events
      description
      includeText
      maxBatch
      globals
      state
      stateReason
      createdAt
      lastSuccessAt
      failingSince
      waiting
      dropped
    }
  }
`);

/** What is said of a webhook in a form. */
export interface WebhookSettings {
  url: string;
  events: string[];
  description: string;
  includeText: boolean;
  maxBatch: number;
  globals: boolean;
}

interface MadeSecret {
  webhook: { id: string };
  secret: string;
}

export const CREATE_WEBHOOK = operation<{ createWebhook: MadeSecret }, { input: WebhookSettings }>(/* GraphQL */ `
  mutation createWebhook($input: CreateWebhookInput!) {
    createWebhook(input: $input) {
      webhook {
        id
      }
      secret
    }
  }
`);

export const UPDATE_WEBHOOK = operation<
  { updateWebhook: { id: string } | null },
  { input: { id: string; paused?: boolean } & Partial<WebhookSettings> }
>(/* GraphQL */ `
  mutation updateWebhook($input: UpdateWebhookInput!) {
    updateWebhook(input: $input) {
      id
    }
  }
`);

export const ROTATE_SECRET = operation<
  { rotateWebhookSecret: MadeSecret | null },
  { id: string; overlapSeconds: number }
>(/* GraphQL */ `
  mutation rotateSecret($id: ID!, $overlapSeconds: Int) {
    rotateWebhookSecret(input: { id: $id, overlapSeconds: $overlapSeconds }) {
      webhook {
        id
      }
      secret
    }
  }
`);

export const DELETE_WEBHOOK = operation<{ deleteWebhook: { id: string } | null }, { id: string }>(/* GraphQL */ `
  mutation deleteWebhook($id: ID!) {
    deleteWebhook(input: { id: $id }) {
      id
    }
  }
`);

export interface ReplayChoice {
  eventIds?: string[];
  recorded?: TimeRange;
  failedOnly?: boolean;
}

export const REPLAY_WEBHOOK = operation<
  { replayWebhook: { replayed: number; complete: boolean } | null },
  { input: { id: string } & ReplayChoice }
>(/* GraphQL */ `
  mutation replayWebhook($input: ReplayWebhookInput!) {
    replayWebhook(input: $input) {
      replayed
      complete
    }
  }
`);
