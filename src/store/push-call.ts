import { performance } from 'node:perf_hooks';
import type { EntryError, PushCall, PushEntry, PushResult } from '../core/message-store.js';
import { idMillis } from './ids.js';
import type { Queued } from './lane.js';

/** One call to `push` on its way through the lanes. */
export class QueuedPush implements Queued {
  readonly tenantId: string;
  readonly rows: number;
  readonly bytes: number;
  readonly queuedAt = performance.now();
  readonly result: Promise<PushResult>;
  resolve!: (result: PushResult) => void;
  reject!: (error: unknown) => void;

  constructor(readonly call: PushCall) {
    this.tenantId = call.tenantId;
    this.rows = call.recipients.length;
    this.bytes = this.rows * Buffer.byteLength(call.message);
    this.result = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }
}

/** What is to be inserted of a call, and what of it was refused by its recipients' quota. */
export interface AdmittedPush {
  call: PushCall;
  recipients: PushCall['recipients'];
  overQuota: PushCall['recipients'];
}

export const admitWhole = (call: PushCall): AdmittedPush => ({ call, recipients: call.recipients, overQuota: [] });

export const overQuotaError = (limit: number): EntryError => ({
  code: 'QUOTA_EXCEEDED',
  message: `The recipient has ${limit} pending messages already.`,
});

/** @param ids of the messages of `admitted.recipients`, in order */
export function entriesOf({ call, recipients, overQuota }: AdmittedPush, ids: readonly string[], quota: number): PushEntry[] {
  let createdAt = new Date(Number.NaN);
  const entries: PushEntry[] = recipients.map(({ index, recipient }, i) => {
    const id = ids[i] as string;
    // Rows of one statement have one time.
    const millis = idMillis(id);
    if (createdAt.getTime() !== millis) createdAt = new Date(millis);
    const item: PushEntry['item'] = {
      id,
      recipient,
      message: call.message,
      topic: call.topic,
      status: 'PENDING',
      receipt: null,
      cancelReason: null,
      expiresAt: call.expiresAt,
      createdAt,
      deliveredAt: null,
      cancelledAt: null,
      globalMessageId: null,
    };
    return { index, item, error: null };
  });
  if (call.refused.length === 0 && overQuota.length === 0) return entries;
  const error = overQuotaError(quota);
  for (const { index } of overQuota) entries.push({ index, item: null, error });
  for (const refused of call.refused) entries.push({ index: refused.index, item: null, error: refused.error });
  return entries.sort((a, b) => a.index - b.index);
}
