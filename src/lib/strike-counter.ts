const MINUTE_MS = 60_000;

/** Counts the offences of the last minute. Takes no memory until the first one. */
export class StrikeCounter {
  #strikes: number[] | null = null;

  /** @param perMinute tolerated within a minute */
  constructor(private readonly perMinute: number) {}

  /**
   * Counts one offence more.
   *
   * @param now milliseconds of a clock that only grows
   * @returns true if more than `perMinute` came within the last minute
   */
  strike(now: number): boolean {
    const strikes = (this.#strikes ?? []).filter((at) => now - at < MINUTE_MS);
    strikes.push(now);
    this.#strikes = strikes;
    return strikes.length > this.perMinute;
  }
}
