import { eventRows, TOLD_COLUMNS, type Told } from '../status-event-rows.js';
import { settledDelta } from '../usage-delta.js';

/** Parts of a statement that moves the statuses of messages. */
interface StatusMove {
  /** Common table expressions that find the rows, and lock them where need be. */
  find?: string;
  /** The UPDATE or INSERT of `messages m`, without its RETURNING. */
  change: string;
  /** Columns that `changed` has of each row that was changed, beside `tenant_id` and TOLD_COLUMNS. */
  returning?: string;
  /** Which rows of `changed` were moved, and where to, and which got a receipt that changes nothing. */
  told: Told;
  /** The SELECT that answers, from `changed`. */
  answer: string;
}

/**
 * Composes a statement that moves statuses. Every move of a status goes through here.
 *
 * This is the seam for whatever must commit with a move: one more common table expression that reads
 * `changed` is in the same statement, hence in the same transaction, wherever the statement runs. See
 * docs/design/settlement.md.
 */
export function statusMove({ find, change, returning, told, answer }: StatusMove): string {
  const { lateReceipt, ...settled } = told;
  const columns = ['m.tenant_id', TOLD_COLUMNS, ...(returning === undefined ? [] : [returning])];
  const expressions = [
    ...(find === undefined ? [] : [find]),
    `changed AS (${change} RETURNING ${columns.join(', ')})`,
    `usage AS (${settledDelta(settled)})`,
    `events AS (${eventRows(told)})`,
  ];
  return `WITH ${expressions.join(', ')} ${answer}`;
}
