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
   * Stops each part once, however often it is called. A part that fails to stop leaves those before it
   * running.
   */
  async stop(): Promise<void> {
    for (const part of this.#parts.splice(0).reverse()) await part.stop();
  }
}
