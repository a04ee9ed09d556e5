/** Width of a slot in milliseconds: a deadline may be noticed so much too late. */
export const SLOT_MS = 200;

/** Has deadlines that a timer wheel watches. */
export interface WheelEntry {
  /** Slot in which it is looked at next, or -1 if in none. Kept by the wheel. */
  slot: number;
  /**
   * Called once a deadline may have come. Returns the time of the next one in milliseconds, or null for none.
   */
  beat(now: number): number | null;
}

/**
 * Schedules deadlines for 100,000 sockets with one timer. Resolution: SLOT_MS. A deadline that moves later
 * stays in its slot: whoever is looked at too early says when to look again. One that moves earlier is put
 * into the earlier slot, and its old place is skipped when it comes up.
 */
export class TimerWheel {
  readonly #slots = new Map<number, WheelEntry[]>();
  #next: number;

  constructor(now: number) {
    this.#next = Math.floor(now / SLOT_MS);
  }

  /** @param at milliseconds of the clock that `advance` is given */
  schedule(entry: WheelEntry, at: number): void {
    const slot = Math.max(Math.ceil(at / SLOT_MS), this.#next);
    if (entry.slot !== -1 && entry.slot <= slot) return;
    entry.slot = slot;
    const entries = this.#slots.get(slot);
    if (entries) entries.push(entry);
    else this.#slots.set(slot, [entry]);
  }

  /** Looks at all whose time has come. */
  advance(now: number): void {
    const until = Math.floor(now / SLOT_MS);
    while (this.#next <= until) {
      const slot = this.#next++;
      const entries = this.#slots.get(slot);
      if (entries === undefined) continue;
      this.#slots.delete(slot);
      for (const entry of entries) {
        if (entry.slot !== slot) continue;
        entry.slot = -1;
        const at = entry.beat(now);
        if (at !== null) this.schedule(entry, at);
      }
    }
  }
}
