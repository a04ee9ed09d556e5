import { ADMIN, HIDE_TEXT, type OperationType, scopeEntry } from './scope.js';

/**
 * Roles are names for scopes. A key keeps the text that its role stood for when it was made, so it gains
 * nothing by an upgrade. Fields that a version does not have yet may stand in it: they grant nothing until
 * they are there. See docs/design/keys.md.
 */
export const ROLES = ['full', 'push', 'support'] as const;

export type Role = (typeof ROLES)[number];

const PUSH = {
  query: ['version', 'message', 'messages'],
  mutation: ['registerRecipient', 'pushMessage', 'pushGlobalMessage', 'publishEvents', 'cancelMessages'],
};

const SUPPORT = {
  query: ['version', 'currentKey', 'message', 'messages', 'messageCounts', 'globalMessages', 'recipient', 'recipients'],
  mutation: ['cancelMessages', 'revokeRecipient'],
};

const scopeOf = (fields: Record<string, string[]>): string =>
  Object.entries(fields)
    .flatMap(([operation, names]) => names.map((name) => scopeEntry(operation as OperationType, name)))
    .join(' ');

/** Scope of a key that may call everything. */
export const FULL_SCOPE = `${scopeOf({ query: ['*'], mutation: ['*'], subscription: ['*'] })} ${ADMIN}`;

const SCOPES: Record<Role, string> = { full: FULL_SCOPE, push: scopeOf(PUSH), support: `${scopeOf(SUPPORT)} ${HIDE_TEXT}` };

/** @param showText the texts of messages, which the role support hides otherwise */
export const scopeOfRole = (role: Role, { showText = false } = {}): string =>
  showText ? SCOPES[role].replace(` ${HIDE_TEXT}`, '') : SCOPES[role];
