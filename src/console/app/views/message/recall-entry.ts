import type { AuditRow } from '../keys/audit-question.js';
import type { OneMessage } from './message-question.js';

/** An entry begins before its recall: at most so much earlier, in milliseconds, with the bound of its statement. */
const BEFORE_MS = 60_000;
/** Clocks of nodes differ by at most so much, in milliseconds. */
const AFTER_MS = 2_000;

/** Where in the audit log the recall of a message stands; null if it was not recalled. */
export function recallFilter({ cancelReason, cancelledAt }: Pick<OneMessage, 'cancelReason' | 'cancelledAt'>) {
  if (cancelReason !== 'RECALLED' || cancelledAt === null) return null;
  const at = Date.parse(cancelledAt);
  const moment = (ms: number) => new Date(at + ms).toISOString();
  return { operation: 'cancelMessages', at: { from: moment(-BEFORE_MS), to: moment(AFTER_MS) } };
}

/**
 * Finds who recalled a message. An entry names ten ids at most, and what else a recall goes by; so it is the one that
 * names this message, else the only one that can have been it. Null where that is not certain.
 *
 * @param entries all that `recallFilter` finds
 */
export function recallEntry(id: string, entries: readonly AuditRow[]): AuditRow | null {
  const done = entries.filter(({ outcome }) => outcome === 'DONE');
  const naming = done.find(({ subject }) => subject?.includes(id));
  if (naming) return naming;
  const possible = done.filter(({ subject }) => !namesOthers(subject ?? ''));
  return possible.length === 1 ? (possible[0] ?? null) : null;
}

/** Whether an entry lists all the ids that it was about. */
const namesOthers = (subject: string): boolean => /(?:^| )ids:\S+/.test(subject) && !/(?:^| )ids:\S*,\+\d+/.test(subject);
