import { GraphQLError, Lexer, Source, type Token, TokenKind } from 'graphql';
import { LRUCache } from 'lru-cache';
import { OverlapMeter } from '../execution/overlap-meter.js';

/**
 * Bounds of a document, checked before it is parsed: the parser and the validator recurse per level, and the
 * validator compares fields of one name pairwise. A push with 10,000 names as literals must pass; 32,000 of them took
 * more than 20 ms.
 */
export const DOCUMENT_LIMITS = {
  tokens: 16_000,
  /** Levels of brackets of any kind. */
  depth: 64,
  /** Names outside arguments: fields, aliases, fragments, types. */
  names: 1_500,
  /** Pairs of fields of one name in one place of the answer: comparing two takes some 3 µs. */
  pairs: 5_000,
} as const;

/** Remembers this many characters of documents that are within the limits. */
const REMEMBERED_CHARACTERS = 4 * 1024 * 1024;

const OPENING: ReadonlySet<string> = new Set([TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L]);
const CLOSING: ReadonlySet<string> = new Set([TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R]);

function findExcess(text: string): string | null {
  const lexer = new Lexer(new Source(text));
  const meter = new DocumentMeter();
  for (let token = lexer.advance(); token.kind !== TokenKind.EOF; token = lexer.advance()) {
    const excess = meter.add(token);
    if (excess !== null) return excess;
  }
  return null;
}

/** Measures a document token by token. */
class DocumentMeter {
  #tokens = 0;
  #names = 0;
  #depth = 0;
  /** Depth at which the outermost arguments began. */
  #argumentsAt = Number.POSITIVE_INFINITY;
  readonly #overlap = new OverlapMeter();

  /** @returns what the document has too much of with this token; null while it has not */
  add(token: Token): string | null {
    const { kind } = token;
    if (++this.#tokens > DOCUMENT_LIMITS.tokens) return `more than ${DOCUMENT_LIMITS.tokens} tokens`;
    if (this.#depth < this.#argumentsAt && kind !== TokenKind.PAREN_L) {
      this.#overlap.add(token);
      if (this.#overlap.pairs > DOCUMENT_LIMITS.pairs) return `more than ${DOCUMENT_LIMITS.pairs} pairs of fields of one name`;
    }
    if (OPENING.has(kind)) return this.#open(kind);
    if (CLOSING.has(kind)) this.#close();
    else if (kind === TokenKind.NAME && this.#depth < this.#argumentsAt && ++this.#names > DOCUMENT_LIMITS.names) {
      return `more than ${DOCUMENT_LIMITS.names} names`;
    }
    return null;
  }

  #open(kind: TokenKind): string | null {
    if (++this.#depth > DOCUMENT_LIMITS.depth) return `brackets more than ${DOCUMENT_LIMITS.depth} deep`;
    if (kind === TokenKind.PAREN_L) this.#argumentsAt = Math.min(this.#argumentsAt, this.#depth);
    return null;
  }

  #close(): void {
    if (this.#depth <= this.#argumentsAt) this.#argumentsAt = Number.POSITIVE_INFINITY;
    this.#depth--;
  }
}

/**
 * Creates a function that says what a document has too much of; null if nothing. Documents within the limits
 * are remembered, so each text is read once.
 */
export function createDocumentLimits(): (text: string) => string | null {
  const good = new LRUCache<string, true>({ maxSize: REMEMBERED_CHARACTERS, sizeCalculation: (_, text) => text.length + 1 });
  return (text) => {
    if (good.has(text)) return null;
    try {
      const excess = findExcess(text);
      if (excess === null) good.set(text, true);
      return excess;
    } catch (error) {
      // The parser reports text that cannot be read as tokens, with its place.
      if (error instanceof GraphQLError) return null;
      throw error;
    }
  };
}
