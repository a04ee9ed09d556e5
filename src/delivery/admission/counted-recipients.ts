/** Counts in this many places: with 2,000 handshakes a second few recipients share one with another. */
const PLACES = 4_096;
const PERIOD_MS = 1_000;

/**
 * Counts the handshakes of recipients in a second, in a memory that does not grow with them: recipients that
 * have the same place are counted together.
 */
export class CountedRecipients {
  readonly #counts = new Uint16Array(PLACES);
  #since = 0;

  /** @param most handshakes of one recipient in a second */
  constructor(private readonly most: number) {}

  /** Returns true if the recipient has had its part. */
  isOver(tenantId: string, recipient: string, now: number): boolean {
    if (now - this.#since >= PERIOD_MS) {
      this.#counts.fill(0);
      this.#since = now;
    }
    return (this.#counts[placeOf(tenantId, recipient)] as number) >= this.most;
  }

  add(tenantId: string, recipient: string): void {
    const place = placeOf(tenantId, recipient);
    this.#counts[place] = (this.#counts[place] as number) + 1;
  }
}

// FNV-1a, of 32 bits.
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

function hash(text: string, from: number): number {
  let value = from;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), FNV_PRIME);
  // The low bits decide about the place.
  return value ^ (value >>> 16);
}

const placeOf = (tenantId: string, recipient: string): number => hash(recipient, hash(tenantId, FNV_OFFSET)) & (PLACES - 1);
