import { performance } from 'node:perf_hooks';
import type { EntryError, PushCall, PushEntry, PushResult } from '../../core/ports/stores/push-store.js';
import { inTurns } from '../../lib/cooperative-loop.js';
import { idMillis } from '../database/uuid-ranges.js';
import type { QueuedWrite } from './push-queue.js';

/** One call to `push` on its way through the queues. */
export class QueuedPush implements QueuedWrite {
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

const overQuotaError = (limit: number): EntryError => ({
  code: 'QUOTA_EXCEEDED',
  message: `The recipient has ${limit} pending messages already.`,
});

const ENTRIES_PER_PART = 1_000;

/** @param ids of the messages of `admitted.recipients`, in order */
export async function entriesOf(admitted: AdmittedPush, ids: readonly string[], quota: number): Promise<PushEntry[]> {
  const { call, recipients, overQuota } = admitted;
  const entries: PushEntry[] = [];
  let createdAt = new Date(Number.NaN);
  const complete = ({ index, recipient }: AdmittedPush['recipients'][number], id: string) => {
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
    entries.push({ index, item, error: null });
  };
  await inTurns(recipients, ENTRIES_PER_PART, (part, from) => {
    for (const [i, entry] of part.entries()) complete(entry, ids[from + i] as string);
  });
  if (call.refused.length === 0 && overQuota.length === 0) return entries;
  const error = overQuotaError(quota);
  for (const { index } of overQuota) entries.push({ index, item: null, error });
  for (const refused of call.refused) entries.push({ index: refused.index, item: null, error: refused.error });
  return entries.sort((a, b) => a.index - b.index);
}
