import { badInput } from '../../domain/errors.js';
import type { StatusEventType } from '../../domain/status-feed/status-event.js';
import { requireCleanText } from '../../domain/text.js';
import { MAX_BATCH, type WebhookSettings } from '../../domain/webhook/webhook.js';
import type { AddressPolicy } from '../../validation/webhook/address-policy.js';
import { parseWebhookUrl } from '../../validation/webhook/webhook-url.js';

const DESCRIPTION_CHARS = 1_024;

/** Settings of a webhook as a caller gives them. Null is not given. */
export interface SettingsInput {
  url?: string | null;
  events?: readonly StatusEventType[] | null;
  description?: string | null;
  includeText?: boolean | null;
  maxBatch?: number | null;
  globals?: boolean | null;
}

type GivenSettings = { readonly [Key in keyof WebhookSettings]: WebhookSettings[Key] | null };

/** @throws TidingsError BAD_USER_INPUT */
export function parseSettings(input: SettingsInput, policy: AddressPolicy): GivenSettings {
  const { url, events, description, includeText, maxBatch, globals } = input;
  if (events?.length === 0) throw badInput('input.events', 'input.events must name at least one event');
  if (maxBatch != null && (maxBatch < 1 || maxBatch > MAX_BATCH)) {
    throw badInput('input.maxBatch', `input.maxBatch must be 1 to ${MAX_BATCH}`);
  }
  return {
    url: url == null ? null : parseWebhookUrl('input.url', url, policy),
    events: events == null ? null : [...new Set(events)],
    description: description == null ? null : parseDescription(description),
    includeText: includeText ?? null,
    maxBatch: maxBatch ?? null,
    globals: globals ?? null,
  };
}

function parseDescription(text: string): string {
  const field = 'input.description';
  if ([...requireCleanText(field, text)].length > DESCRIPTION_CHARS) {
    throw badInput(field, `${field} must have at most ${DESCRIPTION_CHARS} characters`);
  }
  return text;
}
