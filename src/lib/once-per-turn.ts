/** Runs a function once in the next turn of the event loop, however often it is asked for in this one. */
export class OncePerTurn {
  #asked = false;
  readonly #turn: () => void;

  constructor(run: () => void) {
    this.#turn = () => {
      this.#asked = false;
      run();
    };
  }

  /** True from the request until the function runs. */
  get asked(): boolean {
    return this.#asked;
  }

  ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    setImmediate(this.#turn);
  }
}
