import type { PendingWatermark } from '../../core/ports/stores/delivery-store.js';

/** Reads rows from this many milliseconds earlier: more than the database's clock may go back unnoticed. */
const CLOCK_MARGIN_MS = 2_000;
/** Notices a clock that went back by this many milliseconds. */
const CLOCK_STEP_MS = 1_000;
/** Has everybody looked for by name once a transaction was open for longer, in milliseconds. */
const LONG_MS = 30_000;

/**
 * Says where a look is in time. It reads this first, in two transactions, one after the other:
 * a fence, then a snapshot.
 */
export interface LookPosition {
  /** Number of the first transaction. */
  fence: string;
  /** Start of the first transaction, by the database's clock. */
  now: number;
  /** Moments of the node's own time between which it ran. */
  sentAt: number;
  answeredAt: number;
  /** Snapshot of the second transaction, as PostgreSQL writes it: `xmin:xmax:xip,…`. */
  snapshot: string;
  /** Counter of rows of global messages that were made late. */
  lateRows: string;
}

interface AdvancedWatermark {
  watermark: PendingWatermark;
  /** Moment from whose ids on the look has to read, in milliseconds; null if that cannot be told. */
  since: number | null;
  /** True if rows were made late since the last look, which reading from `since` on may miss. */
  doubt: boolean;
}

/**
 * Computes from which ids on a look has to read, so that together with the looks before
 * it misses no visible row.
 *
 * A row that is new to this look belongs to a transaction T that was under way at the last look's snapshot,
 * or began later. T got its number before it minted ids. If T is not on that snapshot's list, it got its
 * number after the last look's fence, so its ids are no older than that: `from`. If T is on the list for the
 * first time, the same is true of the look before. So it does not matter how long a transaction takes. Where
 * numbers or the clock went back, or a transaction is older than any look, everybody is looked for by name.
 * See docs/design/watermark.md for the whole proof.
 */
export function advanceWatermark(last: PendingWatermark | null, position: LookPosition, minAgeMs: number): AdvancedWatermark {
  const fence = BigInt(position.fence);
  const before = last !== null && !wentBack(last, position, fence) ? last : null;
  const running = transactionsOf(position.snapshot);
  const underWay = new Map<string, number>();
  for (const number of running) {
    underWay.set(number, before === null ? Number.NEGATIVE_INFINITY : (before.underWay.get(number) ?? before.from));
  }
  let since = before?.from ?? Number.NEGATIVE_INFINITY;
  for (const [number, from] of before?.underWay ?? []) if (!underWay.has(number)) since = Math.min(since, from);
  const { now, answeredAt, lateRows } = position;
  return {
    watermark: { from: Math.floor(now) - minAgeMs - CLOCK_MARGIN_MS, underWay, fence, now, answeredAt, lateRows },
    since: since < now - LONG_MS ? null : since,
    doubt: last?.lateRows !== lateRows,
  };
}

/**
 * Tells that transaction numbers or the clock went back since: another server, a restart, a clock put right.
 */
function wentBack(last: PendingWatermark, { now, sentAt }: LookPosition, fence: bigint): boolean {
  return fence <= last.fence || now - last.now < sentAt - last.answeredAt - CLOCK_STEP_MS;
}

/** Reads the list of transactions under way from a snapshot's text. */
function transactionsOf(snapshot: string): string[] {
  const list = snapshot.slice(snapshot.lastIndexOf(':') + 1);
  return list === '' ? [] : list.split(',');
}
