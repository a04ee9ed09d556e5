/** A part of a process that has started. */
export interface StartedPart {
  stop(): Promise<unknown> | unknown;
}

/** Keeps parts in the order of their start, and stops them in the opposite order, one at a time. */
export class StartedParts {
  readonly #parts: StartedPart[] = [];

  /** Returns the part, for what it offers to the parts after it. */
  add<Part extends StartedPart>(part: Part): Part {
    this.#parts.push(part);
    return part;
  }

  /**
   * Stops each part once, however often it is called.
   * @throws what the first part threw that failed to stop, once all others have stopped
   */
  async stop(): Promise<void> {
    const failures: unknown[] = [];
    for (const part of this.#parts.splice(0).reverse()) {
      try {
        await part.stop();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
