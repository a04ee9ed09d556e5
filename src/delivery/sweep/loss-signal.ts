/** Hears that something may have been lost. */
export interface LossListener {
  /** Events may have been lost: look soon. */
  afterGap(): void;
  /** Something may be pending that is neither new nor known to its connections. */
  doubt(): void;
}

/** Carries the news of a loss from whoever notices it to the sweep, which those know nothing of. */
export class LossSignal {
  #listener: LossListener | null = null;

  listen(listener: LossListener): void {
    this.#listener = listener;
  }

  /** Tells that events of the bus may have been lost. */
  gap(): void {
    this.#listener?.afterGap();
  }

  /** Tells that a receipt or a row was dropped. */
  dropped(): void {
    this.#listener?.doubt();
  }
}
