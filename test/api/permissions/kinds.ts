/** What is true of each kind of key, written down beside the product's own rules rather than taken from them. */
export interface Kind {
  scope: string;
  role?: string;
  /** Root fields that it may call, as `operation:field`. */
  grants: (entry: string) => boolean;
  hidesTexts?: true;
  /** How it came to its end: it is answered with 401. */
  ended?: 'expired' | 'planned revocation passed' | 'revoked' | 'of a disabled tenant' | 'of a deleted tenant';
}

const P = 'websockets-manager-api';
const STARS = `${P}:query:* ${P}:mutation:* ${P}:subscription:*`;
const HIDE = `${P}:option:hide-text`;

const ADMINISTRATION = [
  ...['query:apiKeys', 'query:auditLog', 'query:webhooks', 'query:webhookAttempts', 'mutation:createApiKey'],
  ...['mutation:revokeApiKey', 'mutation:createWebhook', 'mutation:updateWebhook', 'mutation:rotateWebhookSecret'],
  ...['mutation:deleteWebhook', 'mutation:testWebhook', 'mutation:replayWebhook', 'mutation:setStatusFeed'],
];
const NOT_WITHOUT_TEXTS = [
  ...['mutation:registerRecipient', 'mutation:publishEvents', 'mutation:createWebhook', 'mutation:updateWebhook'],
  'mutation:createApiKey',
];
const PUSH = [
  ...['mutation:registerRecipient', 'mutation:pushMessage', 'mutation:pushGlobalMessage', 'mutation:publishEvents'],
  ...['mutation:cancelMessages', 'query:version', 'query:message', 'query:messages'],
];
const SUPPORT = [
  ...['query:version', 'query:message', 'query:messages', 'query:messageCounts', 'query:globalMessages', 'query:recipient'],
  ...['query:recipients', 'mutation:cancelMessages', 'mutation:revokeRecipient'],
];

const isAdministration = (entry: string) => ADMINISTRATION.includes(entry);
const all = () => true;
const none = () => false;
/** Every valid key may ask what it is. */
const only =
  (...entries: string[]) =>
  (entry: string) =>
    entry === 'query:currentKey' || entries.includes(entry);
const entries = (names: string[]) => names.map((name) => `${P}:${name}`).join(' ');

const full = { scope: `${STARS} ${P}:admin:*`, grants: all };

export const KINDS: Record<string, Kind> = {
  full: { ...full, role: 'full' },
  'full of a former version': { scope: STARS, grants: (entry) => !isAdministration(entry) },
  admin: { scope: `${P}:admin:*`, grants: only(...ADMINISTRATION) },
  push: { scope: entries(PUSH), role: 'push', grants: only(...PUSH) },
  support: { scope: `${entries(SUPPORT)} ${HIDE}`, role: 'support', grants: only(...SUPPORT), hidesTexts: true },
  'support that sees texts': { scope: entries(SUPPORT), role: 'support', grants: only(...SUPPORT) },
  'query only': {
    scope: `${P}:query:*`,
    grants: (entry) => entry.startsWith('query:') && !isAdministration(entry),
  },
  'mutation only': {
    scope: `${P}:mutation:*`,
    grants: (entry) => entry === 'query:currentKey' || (entry.startsWith('mutation:') && !isAdministration(entry)),
  },
  'a single entry': { scope: `${P}:mutation:pushMessage`, grants: only('mutation:pushMessage') },
  'a single entry of administration': { scope: `${P}:query:apiKeys`, grants: only('query:apiKeys') },
  empty: { scope: '', grants: only() },
  'full with hidden texts': {
    scope: `${full.scope} ${HIDE} ${entries(NOT_WITHOUT_TEXTS)}`,
    grants: (entry) => !NOT_WITHOUT_TEXTS.includes(entry),
    hidesTexts: true,
  },
  'an option of a later version': { scope: `${full.scope} ${P}:option:of-a-later-version`, grants: none },
  expired: { ...full, ended: 'expired' },
  'planned revocation passed': { ...full, ended: 'planned revocation passed' },
  revoked: { ...full, ended: 'revoked' },
  'of a disabled tenant': { ...full, ended: 'of a disabled tenant' },
  'of a deleted tenant': { ...full, ended: 'of a deleted tenant' },
};
