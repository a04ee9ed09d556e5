/** What one kind of work may have of the slots. Parts are of all slots. */
export interface SlotShare {
  /** Weighs its time against that of other kinds while work of several kinds waits. */
  weight: number;
  /** Part that stays free for other kinds: beyond its first slot, the kind takes none of these. */
  leaves: number;
  /** Part that one owner may hold at once; at least one slot. */
  perOwner: number;
}

/** A piece of work that needs a slot. */
export interface SlotWork<Kind extends string> {
  readonly kind: Kind;
  /** Whose work it is; null for work that many owners share. */
  readonly owner: string | null;
}

class Owner {
  held = 0;
  readonly waiting: Array<() => void> = [];
  constructor(public spentMs: number) {}
}

class KindState {
  held = 0;
  waiting = 0;
  /** Time that it has had in this contention, divided by its weight. */
  spentMs = 0;
  /** Time that the owner whose turn it was last had had: whoever comes begins there. */
  ownersAtMs = 0;
  readonly owners = new Map<string, Owner>();
  readonly leaves: number;
  readonly perOwner: number;

  constructor(
    slots: number,
    readonly share: SlotShare,
  ) {
    this.leaves = Math.floor(slots * share.leaves);
    this.perOwner = Math.max(1, Math.floor(slots * share.perOwner));
  }
}

/** Stands for the time of a slot that is still held, so that of two owners the one with fewer is next. */
const HELD_COUNTS_MS = 1;
/** Work of many owners is one owner's, whom no share bounds. */
const SHARED = '';

/**
 * Shares a fixed number of slots between kinds of work, and within a kind between owners. A slot that is free
 * is taken without waiting. Who waits gets a slot in the order of the time that its kind, then its owner, has
 * had: long work makes long waits for who brings it, not for the others.
 *
 * Each kind may always have one slot. Beyond it, kinds leave some free for others (trunk reservation), since
 * nobody can take back a slot from work that takes long.
 */
export class FairSlots<Kind extends string> {
  readonly #kinds: ReadonlyMap<Kind, KindState>;
  #free: number;
  #waiting = 0;

  /** @param maxWaitingPerOwner pieces of work of one kind and owner that may wait */
  constructor(
    slots: number,
    shares: Readonly<Record<Kind, SlotShare>>,
    private readonly maxWaitingPerOwner: number,
  ) {
    this.#free = slots;
    const entries = Object.entries(shares) as Array<[Kind, SlotShare]>;
    this.#kinds = new Map(entries.map(([kind, share]) => [kind, new KindState(slots, share)]));
  }

  /** Number of pieces of work that wait. */
  get waiting(): number {
    return this.#waiting;
  }

  /**
   * Takes a slot at once, or returns false. Overtakes nobody: whoever waits may have none of the free slots.
   */
  take({ kind, owner }: SlotWork<Kind>): boolean {
    const state = this.#stateOf(kind);
    if (!this.#isOpen(state)) return false;
    if (owner !== null) {
      const known = state.owners.get(owner);
      if (known && known.held >= state.perOwner) return false;
      if (known) known.held++;
      else this.#begin(state, owner).held = 1;
    }
    state.held++;
    this.#free--;
    return true;
  }

  /**
   * Waits for a slot. Returns a function that gives up, and then says whether there was anything to give up;
   * null if too much of this owner waits already.
   *
   * @param granted is called once the slot is taken, unless it was given up before
   */
  wait({ kind, owner }: SlotWork<Kind>, granted: () => void): (() => boolean) | null {
    const state = this.#stateOf(kind);
    const name = owner ?? SHARED;
    const waiter = state.owners.get(name) ?? this.#begin(state, name);
    if (waiter.waiting.length >= this.maxWaitingPerOwner) return null;
    if (this.#waiting === 0) this.#forgetTimes();
    waiter.waiting.push(granted);
    state.waiting++;
    this.#waiting++;
    return () => {
      const place = waiter.waiting.indexOf(granted);
      if (place === -1) return false;
      waiter.waiting.splice(place, 1);
      this.#left(state, name, waiter);
      return true;
    };
  }

  /** Gives back a slot, and lets in who is next. */
  give({ kind, owner }: SlotWork<Kind>, heldMs: number): void {
    const state = this.#stateOf(kind);
    state.held--;
    this.#free++;
    const name = owner ?? SHARED;
    const holder = state.owners.get(name);
    if (this.#waiting > 0) {
      state.spentMs += heldMs / state.share.weight;
      if (holder) holder.spentMs += heldMs;
    }
    if (holder && owner !== null) {
      holder.held--;
      this.#forgetIdle(state, name, holder);
    }
    while (this.#waiting > 0 && this.#letIn());
  }

  #stateOf(kind: Kind): KindState {
    return this.#kinds.get(kind) as KindState;
  }

  #isOpen(state: KindState): boolean {
    return this.#free > (state.held === 0 ? 0 : state.leaves);
  }

  #begin(state: KindState, name: string): Owner {
    const owner = new Owner(state.ownersAtMs);
    state.owners.set(name, owner);
    return owner;
  }

  /** Lets in the one whose turn it is. Returns false if no one of those who wait may have a slot. */
  #letIn(): boolean {
    let next: KindState | null = null;
    let nextName = SHARED;
    for (const state of this.#kinds.values()) {
      if (state.waiting === 0 || !this.#isOpen(state) || (next && spent(next) <= spent(state))) continue;
      const name = nextOwner(state);
      if (name === null) continue;
      next = state;
      nextName = name;
    }
    if (next === null) return false;
    this.#grant(next, nextName);
    return true;
  }

  #grant(state: KindState, name: string): void {
    const owner = state.owners.get(name) as Owner;
    const granted = owner.waiting.shift() as () => void;
    state.ownersAtMs = Math.max(state.ownersAtMs, owner.spentMs);
    state.held++;
    this.#free--;
    if (name !== SHARED) owner.held++;
    this.#left(state, name, owner);
    granted();
  }

  #left(state: KindState, name: string, owner: Owner): void {
    state.waiting--;
    this.#waiting--;
    this.#forgetIdle(state, name, owner);
  }

  #forgetIdle(state: KindState, name: string, owner: Owner): void {
    if (owner.held === 0 && owner.waiting.length === 0) state.owners.delete(name);
  }

  /** Times count from when somebody has to wait: what was free before cost nobody anything. */
  #forgetTimes(): void {
    for (const state of this.#kinds.values()) {
      state.spentMs = 0;
      state.ownersAtMs = 0;
      for (const owner of state.owners.values()) owner.spentMs = 0;
    }
  }
}

const spent = ({ spentMs, held }: { spentMs: number; held: number }): number => spentMs + held * HELD_COUNTS_MS;

/** Names the owner whose turn it is within a kind; null if each of those who wait holds as many as it may. */
function nextOwner({ owners, perOwner }: KindState): string | null {
  let next: Owner | null = null;
  let nextName: string | null = null;
  for (const [name, owner] of owners) {
    if (owner.waiting.length === 0 || (name !== SHARED && owner.held >= perOwner)) continue;
    if (next && spent(next) <= spent(owner)) continue;
    next = owner;
    nextName = name;
  }
  return nextName;
}
