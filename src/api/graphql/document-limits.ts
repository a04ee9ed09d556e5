import { GraphQLError, Lexer, Source, TokenKind } from 'graphql';
import { LRUCache } from 'lru-cache';

/**
 * Bounds of a document, looked at before it is parsed: the parser and the validator call themselves per level, and the validator
 * compares fields of one name pairwise. A push with 10,000 names as literals must pass.
 */
export const DOCUMENT_LIMITS = {
  tokens: 32_000,
  /** Brackets of any kind within one another. */
  depth: 64,
  /** Names outside of arguments: fields, aliases, fragments, types. */
  names: 1_500,
} as const;

/** Characters of documents that are remembered as good. */
const REMEMBERED_CHARACTERS = 4 * 1024 * 1024;

const OPENING: ReadonlySet<string> = new Set([TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L]);
const CLOSING: ReadonlySet<string> = new Set([TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R]);

function findExcess(text: string): string | null {
  const lexer = new Lexer(new Source(text));
  let tokens = 0;
  let names = 0;
  let depth = 0;
  // Depth at which the outermost arguments began.
  let argumentsAt = Number.POSITIVE_INFINITY;
  for (let token = lexer.advance(); token.kind !== TokenKind.EOF; token = lexer.advance()) {
    if (++tokens > DOCUMENT_LIMITS.tokens) return `more than ${DOCUMENT_LIMITS.tokens} tokens`;
    if (OPENING.has(token.kind)) {
      if (++depth > DOCUMENT_LIMITS.depth) return `brackets more than ${DOCUMENT_LIMITS.depth} deep`;
      if (token.kind === TokenKind.PAREN_L) argumentsAt = Math.min(argumentsAt, depth);
    } else if (CLOSING.has(token.kind)) {
      if (depth <= argumentsAt) argumentsAt = Number.POSITIVE_INFINITY;
      depth--;
    } else if (token.kind === TokenKind.NAME && depth < argumentsAt && ++names > DOCUMENT_LIMITS.names) {
      return `more than ${DOCUMENT_LIMITS.names} names`;
    }
  }
  return null;
}

/** Says what is too much about a document's text, or null. Good ones are remembered, so each text is read once. */
export function createDocumentLimits(): (text: string) => string | null {
  const good = new LRUCache<string, true>({ maxSize: REMEMBERED_CHARACTERS, sizeCalculation: (_, text) => text.length + 1 });
  return (text) => {
    if (good.has(text)) return null;
    try {
      const excess = findExcess(text);
      if (excess === null) good.set(text, true);
      return excess;
    } catch (error) {
      // What cannot be read as tokens is told by the parser, with its place.
      if (error instanceof GraphQLError) return null;
      throw error;
    }
  };
}
