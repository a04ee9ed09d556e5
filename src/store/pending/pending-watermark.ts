import type { PendingWatermark } from '../../core/ports/stores/delivery-store.js';

/** By how much the database's clock may go back unnoticed, and then some. */
const CLOCK_MARGIN_MS = 2_000;
/** A clock that went back by this is noticed. */
const CLOCK_STEP_MS = 1_000;
/** Rows of a transaction that was open for longer are looked for by recipient. */
const LONG_MS = 30_000;

/** What a look reads first, in two transactions of its own, one after the other: its fence, then a snapshot. */
export interface LookPosition {
  /** Number of the first one. */
  fence: string;
  /** When that one began, by the database's clock, and between which moments of the node's own time. */
  now: number;
  sentAt: number;
  answeredAt: number;
  /** As PostgreSQL writes it: `xmin:xmax:xip,…`. */
  snapshot: string;
  lateRows: string;
}

export interface AdvancedWatermark {
  watermark: PendingWatermark;
  /** What became visible since the last look has no smaller ids than this moment's; null if that cannot be told. */
  since: number | null;
  doubt: boolean;
}

/**
 * From when on the ids are that a look has to read, so that with the looks before it has read every row that is visible to it.
 *
 * A row that is visible to this look and was not to the last one belongs to a transaction T that was under way at the last one's snapshot, or
 * began later. Ids are minted after T has its number. If T is not on the snapshot's list, its number is not smaller than the snapshot's xmax,
 * which is greater than the fence (whose transaction had ended), so T got it after the fence, and its ids are no older: `from`. If T is on
 * the list for the first time, the same is true of the look before. So it does not matter how long transactions take, what else the server does,
 * what commits wait for, or whether a look failed: the one that succeeded last counts. Where numbers or the clock went back (another server,
 * a restart, a clock put right), or the list has what is older than any look, everything is looked at.
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

function wentBack(last: PendingWatermark, { now, sentAt }: LookPosition, fence: bigint): boolean {
  return fence <= last.fence || now - last.now < sentAt - last.answeredAt - CLOCK_STEP_MS;
}

function transactionsOf(snapshot: string): string[] {
  const list = snapshot.slice(snapshot.lastIndexOf(':') + 1);
  return list === '' ? [] : list.split(',');
}
