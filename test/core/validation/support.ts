import { TidingsError } from '../../../src/core/domain/errors.js';

/** The error of a parser, as its caller sees it; what was accepted instead if there was none. */
export function errorOf(parse: () => unknown): object {
  try {
    return { accepted: parse() };
  } catch (error) {
    if (error instanceof TidingsError) return { code: error.code, ...error.details };
    throw error;
  }
}

export const refused = { code: 'BAD_USER_INPUT', field: 'input.x' };
