import { createHmac, timingSafeEqual } from 'node:crypto';
import type { CancelReason, MessageStatus, ReceiptKind } from './generated/types.js';

/** Takes requests whose time is off by so much, in seconds, as the specification of Standard Webhooks recommends. */
const TOLERANCE_S = 300;

/** What became of a message. */
export interface WebhookMessage {
  id: string;
  recipient: string;
  topic: string | null;
  status: MessageStatus;
  receipt: ReceiptKind | null;
  cancelReason: CancelReason | null;
  createdAt: string;
  expiresAt: string | null;
  deliveredAt: string | null;
  cancelledAt: string | null;
  globalMessageId: string | null;
  /** The text, if the webhook was made with `includeText`. */
  message?: string;
}

/** One thing that happened. Its id is the same in every attempt: who has dealt with it passes over it. */
export interface WebhookEvent {
  id: string;
  type: 'message.delivered' | 'message.recalled' | 'message.expired' | 'message.overdue' | 'message.late_receipt';
  timestamp: string;
  data: WebhookMessage;
}

/** Several at once, where the webhook has a `maxBatch` over 1. */
export interface WebhookBatch {
  id: string;
  type: 'message.batch';
  timestamp: string;
  data: { events: WebhookEvent[] };
}

/** What `testWebhook` sends. */
export interface WebhookTest {
  id: string;
  type: 'webhook.test';
  timestamp: string;
  data: { id: string };
}

export type WebhookPayload = WebhookEvent | WebhookBatch | WebhookTest;

/** Headers as `fetch` has them, or as Node and Express do. */
export type WebhookHeaders =
  | { get(name: string): string | null }
  | Readonly<Record<string, string | readonly string[] | undefined>>;

export interface VerifyOptions {
  /** Seconds by which the request's time may be off; 300 if not given. */
  toleranceSeconds?: number;
  /** The time to compare with, in milliseconds; now if not given. */
  now?: number;
}

/** The request is not to be trusted: answer 400, and do nothing of what it says. */
export class WebhookVerificationError extends Error {
  override readonly name = 'WebhookVerificationError';
}

/**
 * Checks that a request comes from Tidings, and was made just now, as Standard Webhooks 1.0.0 says.
 *
 * @param body the body as it came, byte for byte: not parsed and printed again
 * @param secret what `createWebhook` answered; several while one takes over from another
 * @returns what the request tells
 * @throws WebhookVerificationError
 */
export function verifyWebhook(
  body: string | Uint8Array,
  headers: WebhookHeaders,
  secret: string | readonly string[],
  options: VerifyOptions = {},
): WebhookPayload {
  const read = (name: string) => headerOf(headers, name) ?? refuse(`the header ${name} is missing`);
  const [id, timestamp, signatures] = [read('webhook-id'), read('webhook-timestamp'), read('webhook-signature')];
  requireRecent(timestamp, options);
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const given = signatures
    .split(' ')
    .flatMap((signature) => (signature.startsWith('v1,') ? [Buffer.from(signature.slice(3))] : []));
  const isGood = (typeof secret === 'string' ? [secret] : secret).some((one) => {
    const expected = Buffer.from(createHmac('sha256', keyOf(one)).update(`${id}.${timestamp}.`).update(bytes).digest('base64'));
    return given.some((signature) => signature.length === expected.length && timingSafeEqual(signature, expected));
  });
  if (!isGood) refuse('no signature is that of the secret');
  return payloadOf(bytes);
}

function requireRecent(timestamp: string, { toleranceSeconds = TOLERANCE_S, now = Date.now() }: VerifyOptions): void {
  if (!/^\d{1,15}$/.test(timestamp)) refuse('the header webhook-timestamp is no time');
  if (Math.abs(now / 1000 - Number(timestamp)) > toleranceSeconds) refuse('the request is too old, or this clock is off');
}

function keyOf(secret: string): Buffer {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  if (key.length === 0) throw new TypeError('secret must be what createWebhook answered: whsec_…');
  return key;
}

function headerOf(headers: WebhookHeaders, name: string): string | null {
  if (typeof headers.get === 'function') return headers.get(name);
  const plain = headers as Readonly<Record<string, string | readonly string[] | undefined>>;
  const found = plain[name] ?? Object.entries(plain).find(([key]) => key.toLowerCase() === name)?.[1];
  return typeof found === 'string' ? found : (found?.[0] ?? null);
}

function payloadOf(bytes: Uint8Array): WebhookPayload {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as WebhookPayload;
  } catch {
    return refuse('the body is no JSON');
  }
}

function refuse(why: string): never {
  throw new WebhookVerificationError(`not a webhook of Tidings: ${why}`);
}
