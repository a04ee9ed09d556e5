import { GenerationalSet } from '../../lib/generational-set.js';
import type { Clock } from '../../lib/time/clock.js';
import type { Outgoing } from './frame-encoder.js';

/**
 * Tells what may still be sent: nothing that was recalled or has expired. Remembers recalls in two
 * generations.
 */
export class DueCheck {
  readonly #recalled = new GenerationalSet();

  /** @param clock the estimate of the database's */
  constructor(private readonly clock: Clock) {}

  isDue({ encoded: { message } }: Outgoing): boolean {
    return !this.#recalled.has(message.id) && (message.expiresAt === null || this.clock.now() < message.expiresAt);
  }

  isRecalled(id: string): boolean {
    return this.#recalled.has(id);
  }

  recall(id: string): void {
    this.#recalled.add(id);
  }

  /** Forgets the older generation of recalls. */
  rotate(): void {
    this.#recalled.rotate();
  }
}
