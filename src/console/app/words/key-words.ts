import { ROLES, type Role, scopeOfRole } from '../../../core/domain/roles.js';
import { ADMIN, compileScope, HIDE_TEXT } from '../../../core/domain/scope.js';

const ROLE_WORDS: Readonly<Record<Role, string>> = {
  full: 'May do everything',
  push: 'For a backend: registers and pushes',
  support: 'For support',
};

/** The role that a scope is; a key keeps the role of the one that made it, whatever it may do itself. */
const roleOf = (scope: string): Role | undefined =>
  ROLES.find((role) => scope === scopeOfRole(role) || scope === scopeOfRole(role, { showText: true }));

/** Says in a few words what a key may do. */
export function scopeWords(scope: string): string {
  const role = roleOf(scope);
  if (role !== undefined) return `${ROLE_WORDS[role]}${scope.includes(HIDE_TEXT) ? ', without texts' : ''}`;
  const { allows } = compileScope(scope);
  const can = [
    ...(allows('mutation', 'pushMessage') ? ['pushes messages'] : []),
    ...(allows('query', 'messages') ? ['reads messages'] : []),
    ...(scope.includes(ADMIN) ? ['administers'] : []),
  ];
  const words = can.length === 0 ? 'Has a scope of its own' : can.join(', ');
  return `${words[0]?.toUpperCase()}${words.slice(1)}${scope.includes(HIDE_TEXT) ? ', without texts' : ''}`;
}

/** Says whether a key still works at a moment. */
export function keyState({ expiresAt, revokedAt }: { expiresAt: string | null; revokedAt: string | null }, now: number) {
  if (revokedAt !== null && Date.parse(revokedAt) <= now) return { works: false, word: 'Ended' } as const;
  if (expiresAt !== null && Date.parse(expiresAt) <= now) return { works: false, word: 'Expired' } as const;
  return revokedAt === null ? ({ works: true, word: 'Works' } as const) : ({ works: true, word: 'Ends soon' } as const);
}

const OPERATION_WORDS: Readonly<Record<string, string>> = {
  cancelMessages: 'Recalled messages',
  revokeRecipient: 'Turned a recipient’s devices away',
  eraseRecipient: 'Erased a recipient',
  createApiKey: 'Made a key',
  revokeApiKey: 'Ended a key',
  createTopic: 'Made a live topic',
  destroyTopic: 'Removed a live topic',
  setEventRule: 'Set a rule of live events',
  createAlertRule: 'Made an alert rule',
  deleteAlertRule: 'Removed an alert rule',
  setStatusFeed: 'Switched status events',
  createWebhook: 'Made a webhook',
  updateWebhook: 'Changed a webhook',
  rotateWebhookSecret: 'Changed a webhook’s secret',
  deleteWebhook: 'Removed a webhook',
  testWebhook: 'Tested a webhook',
  replayWebhook: 'Sent a webhook’s events again',
  message: 'Read a message',
  messages: 'Read messages',
  recipient: 'Looked at a recipient',
};

/** Says in plain words what was done; an operation without words is named as it is. */
export const operationWords = (operation: string): string =>
  OPERATION_WORDS[operation] ?? (operation.startsWith('cli.') ? `On the command line: ${operation.slice(4)}` : operation);

/** Operations that have words, for the filter. */
export const KNOWN_OPERATIONS: ReadonlyArray<readonly [operation: string, words: string]> = Object.entries(OPERATION_WORDS);

/** Names whoever did something: a key by its name, or as it begins. */
export const whoseKey = ({ keyName, keyPrefix }: { keyName: string | null; keyPrefix: string | null }): string =>
  keyName ?? (keyPrefix === null ? 'the command line' : `${keyPrefix}…`);
