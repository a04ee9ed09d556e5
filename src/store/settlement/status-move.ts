/** Parts of a statement that moves the statuses of messages. */
interface StatusMove {
  /** Common table expressions that find the rows, and lock them where need be. */
  find?: string;
  /** The UPDATE or INSERT of `messages m`, without its RETURNING. */
  change: string;
  /** Columns that `changed` has of each row that was changed. */
  returning: string;
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
export const statusMove = ({ find, change, returning, answer }: StatusMove): string =>
  `WITH ${find === undefined ? '' : `${find},`} changed AS (${change} RETURNING ${returning}) ${answer}`;
