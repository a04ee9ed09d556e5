import { LIMITS } from '../domain/limits.js';
import { hasLength, isCleanText } from '../domain/text.js';

/** Tells whether a text can name a key: it is shown in lists. */
export const isKeyName = (name: string): boolean =>
  isCleanText(name) && hasLength(name, LIMITS.keyNameChars) && !/\p{Cc}/u.test(name);

export const KEY_NAME_RULE = `a key's name has 1 to ${LIMITS.keyNameChars} characters, without control characters`;
