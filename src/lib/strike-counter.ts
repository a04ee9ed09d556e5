const MINUTE_MS = 60_000;

/** Counts offences of the last minute. Keeps nothing until the first one. */
export class StrikeCounter {
  #strikes: number[] | null = null;

  /** @param perMinute how many are tolerated within a minute */
  constructor(private readonly perMinute: number) {}

  /**
   * Counts one more.
   *
   * @param now milliseconds of a clock that only grows
   * @returns true if that is one too many
   */
  strike(now: number): boolean {
    const strikes = (this.#strikes ?? []).filter((at) => now - at < MINUTE_MS);
    strikes.push(now);
    this.#strikes = strikes;
    return strikes.length > this.perMinute;
  }
}
