/** Cuts the text into pieces of about so many characters. */
const PIECE_CHARS = 64 * 1024;

/**
 * Gathers a long text of JSON in pieces of UTF-8. To get the memory for megabytes in one piece takes a process more
 * time than to encode them, and what is sent can be forgotten piece by piece.
 */
export class JsonPieces {
  #bytes = 0;
  #text = '';
  #pieces: Buffer[] = [];

  /** Bytes of all that was added. */
  get bytes(): number {
    this.#cut();
    return this.#bytes;
  }

  /** Adds what stands for itself: no character goes on in the next text. */
  add(text: string): void {
    this.#text += text;
    if (this.#text.length >= PIECE_CHARS) this.#cut();
  }

  /** Takes over all of another one, which has nothing afterwards. */
  append(other: JsonPieces): void {
    this.#cut();
    other.#cut();
    this.#bytes += other.#bytes;
    for (const piece of other.take()) this.#pieces.push(piece);
  }

  /** Returns the text where it is short. */
  end(): string | JsonPieces {
    return this.#pieces.length === 0 ? this.#text : this;
  }

  /** Hands out all pieces, and forgets each. */
  *take(): Generator<Buffer> {
    this.#cut();
    const pieces = this.#pieces;
    this.#pieces = [];
    // In place of `shift`, which moves all that follow.
    pieces.reverse();
    for (let piece = pieces.pop(); piece; piece = pieces.pop()) yield piece;
  }

  #cut(): void {
    if (this.#text === '') return;
    const piece = Buffer.from(this.#text);
    this.#text = '';
    this.#bytes += piece.length;
    this.#pieces.push(piece);
  }
}
