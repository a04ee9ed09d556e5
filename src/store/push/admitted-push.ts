import type { EntryError, PushCall, PushEntry } from '../../core/ports/stores/push-store.js';
import { inTurns } from '../../lib/cooperative-loop.js';
import { idMillis } from '../database/uuid-ranges.js';

/** A call divided by its recipients' quotas: `recipients` get a message, `overQuota` an error. */
export interface AdmittedPush {
  call: PushCall;
  recipients: PushCall['recipients'];
  overQuota: PushCall['recipients'];
}

export const admitWhole = (call: PushCall): AdmittedPush => ({ call, recipients: call.recipients, overQuota: [] });

/** Answers this many entries in one turn of the event loop. */
const ENTRIES_PER_PART = 1_000;

const overQuotaError = (limit: number): EntryError => ({
  code: 'QUOTA_EXCEEDED',
  message: `The recipient has ${limit} pending messages already.`,
});

/**
 * Builds the answer to a call whose messages were inserted, in order of `index`.
 *
 * @param ids of the messages of `admitted.recipients`, in order
 */
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
      deliveredTo: null,
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
