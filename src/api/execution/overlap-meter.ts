import { type Token, TokenKind } from 'graphql';

/**
 * Counts the pairs of fields that the validator compares because they stand in one place of the answer (GraphQL,
 * section 5.3.2, Field Selection Merging), token by token. Fields of all fragments are taken to stand together: which
 * of them do is known after parsing alone.
 */
export class OverlapMeter {
  pairs = 0;
  readonly #counts = new Map<string, number>();
  /** Paths of the selections around the current one. */
  readonly #outer: string[] = [];
  #path = '';
  /** Path of the latest field, to which the next selection belongs. */
  #field = '';
  #before: Token | null = null;

  /** @param token outside of arguments */
  add(token: Token): void {
    if (token.kind === TokenKind.BRACE_L) {
      this.#outer.push(this.#path);
      this.#path = this.#field;
    } else if (token.kind === TokenKind.BRACE_R) {
      this.#path = this.#outer.pop() ?? '';
      this.#field = this.#path;
    } else if (token.kind === TokenKind.SPREAD) {
      // An inline fragment's selection belongs to what is around it.
      this.#field = this.#path;
    } else if (token.kind === TokenKind.NAME) this.#name(token);
    this.#before = token;
  }

  #name({ value }: Token): void {
    if (this.#outer.length === 0) {
      if (this.#before === null || this.#before.kind === TokenKind.BRACE_R) this.#field = value === 'fragment' ? '...' : '';
      return;
    }
    if (!this.#isResponseName()) return;
    this.#field = `${this.#path} ${value}`;
    const count = this.#counts.get(this.#field) ?? 0;
    this.#counts.set(this.#field, count + 1);
    this.pairs += count;
  }

  /** False for names of spreads, types and directives, and for those that an alias stands for. */
  #isResponseName(): boolean {
    switch (this.#before?.kind) {
      case TokenKind.COLON:
      case TokenKind.SPREAD:
      case TokenKind.AT:
        return false;
      case TokenKind.NAME:
        return !(this.#before.value === 'on' && this.#before.prev?.kind === TokenKind.SPREAD);
      default:
        return true;
    }
  }
}
