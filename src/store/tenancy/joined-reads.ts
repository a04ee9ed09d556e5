interface Reading<T> {
  readonly now: Promise<T>;
  /** Begins once `now` has ended; null until somebody asks meanwhile. */
  next: Promise<T> | null;
}

/**
 * Reads the same for all who ask for it at the same time: one read of a key is under way, and who asks meanwhile is
 * served by the next one. That begins after it asked, so it finds what was written before. Where a read fails, those
 * who wait for the next one fail with it.
 */
export class JoinedReads<T> {
  readonly #readings = new Map<string, Reading<T>>();

  constructor(private readonly read: (key: string) => Promise<T>) {}

  of(key: string): Promise<T> {
    const reading = this.#readings.get(key);
    if (reading === undefined) return this.#begin(key);
    reading.next ??= reading.now.then(() => this.#begin(key));
    return reading.next;
  }

  #begin(key: string): Promise<T> {
    const reading: Reading<T> = { now: this.read(key), next: null };
    this.#readings.set(key, reading);
    const end = () => {
      if (reading.next === null) this.#readings.delete(key);
    };
    reading.now.then(end, () => this.#readings.delete(key));
    return reading.now;
  }
}
