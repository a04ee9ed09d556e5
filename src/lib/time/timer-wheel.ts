/** Width of a slot in milliseconds: how late a deadline may be noticed. */
export const SLOT_MS = 200;

/** Something with deadlines. */
export interface WheelEntry {
  /** Slot in which it is looked at next; -1 if in none. Kept by the wheel. */
  slot: number;
  /** Called when its time has come. Returns when to look again, or null for never. */
  beat(now: number): number | null;
}

/**
 * A timer wheel: one timer for all connections. Deadlines that move later are not moved; whoever is looked at too early says when
 * to look again. One that moves earlier is put into the earlier slot, and its old place is skipped when it comes up.
 */
export class TimerWheel {
  readonly #slots = new Map<number, WheelEntry[]>();
  #next: number;

  constructor(now: number) {
    this.#next = Math.floor(now / SLOT_MS);
  }

  schedule(beating: WheelEntry, at: number): void {
    const slot = Math.max(Math.ceil(at / SLOT_MS), this.#next);
    if (beating.slot !== -1 && beating.slot <= slot) return;
    beating.slot = slot;
    const entries = this.#slots.get(slot);
    if (entries) entries.push(beating);
    else this.#slots.set(slot, [beating]);
  }

  advance(now: number): void {
    const until = Math.floor(now / SLOT_MS);
    while (this.#next <= until) {
      const slot = this.#next++;
      const entries = this.#slots.get(slot);
      if (entries === undefined) continue;
      this.#slots.delete(slot);
      for (const beating of entries) {
        if (beating.slot !== slot) continue;
        beating.slot = -1;
        const at = beating.beat(now);
        if (at !== null) this.schedule(beating, at);
      }
    }
  }
}
