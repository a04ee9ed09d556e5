import { describe, expect, test } from '@jest/globals';
import { FULL_SCOPE, ROLES, scopeOfRole } from '../../../src/core/domain/roles.js';
import { compileScope, hasOptions, normalScope, parseScope, type ScopeEntries } from '../../../src/core/domain/scope.js';

const P = 'websockets-manager-api';
const parsed = (text: string) => parseScope(text) as ScopeEntries;
const allowed = (text: string, entry: string) => {
  const [operation, field] = entry.split(':') as ['query' | 'mutation', string];
  return compileScope(text).allows(operation, field);
};

describe('a scope', () => {
  test.each([
    ['', 'query:version', false],
    [`${P}:query:*`, 'query:messages', true],
    [`${P}:query:*`, 'mutation:messages', false],
    [`${P}:query:*`, 'query:fieldOfALaterVersion', true],
    [`${P}:mutation:pushMessage`, 'mutation:pushMessage', true],
    [`${P}:mutation:pushMessage`, 'mutation:pushMessages', false],
    [`\n${P}:query:version\t${P}:query:message `, 'query:message', true],
    [`${P}:query:*x ${P}:QUERY:* x${P}:query:* query:* *`, 'query:message', false],
    ['', 'query:currentKey', true],
    ['', 'mutation:currentKey', false],
  ])('%j, asked for %s: %s', (text, entry, expected) => {
    expect(allowed(text, entry)).toBe(expected);
  });

  test('grants administration by name, or all of it, never by a * of an operation', () => {
    const stars = `${P}:query:* ${P}:mutation:* ${P}:subscription:*`;
    const administration = [
      ...['apiKeys', 'auditLog', 'webhooks', 'webhookAttempts'].map((field) => `query:${field}`),
      ...['createApiKey', 'revokeApiKey', 'setStatusFeed', 'createWebhook', 'updateWebhook'].map((field) => `mutation:${field}`),
      ...['rotateWebhookSecret', 'deleteWebhook', 'testWebhook', 'replayWebhook'].map((field) => `mutation:${field}`),
    ];
    for (const entry of administration) {
      expect([entry, allowed(stars, entry)]).toEqual([entry, false]);
      expect([entry, allowed(`${stars} ${P}:admin:*`, entry)]).toEqual([entry, true]);
      expect([entry, allowed(`${P}:admin:*`, entry)]).toEqual([entry, true]);
      expect([entry, allowed(`${P}:${entry}`, entry)]).toEqual([entry, true]);
    }
    expect(allowed(`${P}:admin:*`, 'query:messages')).toBe(false);
  });

  test('with hidden texts grants nothing by which they could be had all the same', () => {
    const text = `${FULL_SCOPE} ${P}:option:hide-text`;
    const scope = compileScope(text);
    expect(scope.hidesTexts).toBe(true);
    for (const field of ['registerRecipient', 'publishEvents', 'createWebhook', 'updateWebhook', 'createApiKey']) {
      expect([field, scope.allows('mutation', field)]).toEqual([field, false]);
      expect(allowed(`${text} ${P}:mutation:${field}`, `mutation:${field}`)).toBe(false);
    }
    expect(scope.allows('query', 'messages')).toBe(true);
    expect(scope.allows('mutation', 'pushMessage')).toBe(true);
    expect(scope.allows('query', 'apiKeys')).toBe(true);
    expect(compileScope(FULL_SCOPE).hidesTexts).toBe(false);
  });

  test('with an option that this version does not know grants nothing', () => {
    const scope = compileScope(`${FULL_SCOPE} ${P}:option:of-a-later-version`);
    expect(scope.allows('query', 'messages')).toBe(false);
    expect(scope.allows('query', 'currentKey')).toBe(false);
    expect(scope.hidesTexts).toBe(true);
    expect(hasOptions(`${P}:option:of-a-later-version`)).toBe(true);
    expect(hasOptions(FULL_SCOPE)).toBe(false);
  });
});

describe('the text of a scope', () => {
  test.each([
    'messages',
    `${P}:write:*`,
    `${P}:query:`,
    `${P}:query:1`,
    `${P}:query:a-b`,
    `${P}:admin:createApiKey`,
    `${P}:admin`,
    `${P}:option:`,
    `${P}:option:hide-texts`,
    `${P}:Option:hide-text`,
    `${P}:option:hide-text:`,
    `${P.toUpperCase()}:query:*`,
    `${P}:query:*,${P}:mutation:*`,
    '\0',
  ])('is refused with the entry %j', (entry) => {
    expect(parseScope(`${P}:query:version ${entry}`)).toEqual({ malformed: entry });
  });

  test('is stored with one blank between its entries, each once', () => {
    expect(normalScope(`  ${P}:query:*\n\t${P}:admin:*  ${P}:query:* `)).toBe(`${P}:query:* ${P}:admin:*`);
    expect(normalScope(' ')).toBe('');
  });
});

describe('a scope covers another', () => {
  const push = `${P}:mutation:pushMessage`;
  const hidden = `${P}:option:hide-text`;
  test.each([
    [FULL_SCOPE, FULL_SCOPE, null],
    [FULL_SCOPE, '', null],
    [FULL_SCOPE, `${push} ${hidden}`, null],
    [FULL_SCOPE, `${P}:query:apiKeys`, null],
    [push, push, null],
    ['', `${P}:query:currentKey`, null],
    [push, `${push} ${P}:mutation:cancelMessages`, `${P}:mutation:cancelMessages`],
    [push, `${P}:mutation:*`, `${P}:mutation:*`],
    [`${P}:mutation:*`, `${P}:query:*`, `${P}:query:*`],
    [`${P}:mutation:*`, `${P}:mutation:createApiKey`, `${P}:mutation:createApiKey`],
    [`${P}:mutation:* ${P}:mutation:createApiKey`, `${P}:mutation:revokeApiKey`, `${P}:mutation:revokeApiKey`],
    [`${P}:mutation:createApiKey`, `${P}:admin:*`, `${P}:admin:*`],
    [`${P}:admin:*`, `${P}:mutation:*`, `${P}:mutation:*`],
    [`${push} ${hidden}`, push, hidden],
    [`${push} ${hidden}`, `${push} ${hidden}`, null],
    [`${P}:mutation:* ${hidden}`, `${P}:mutation:registerRecipient ${hidden}`, `${P}:mutation:registerRecipient`],
  ])('%j and %j: beyond is %j', (own, other, excess) => {
    expect(compileScope(own).findExcess(parsed(other))).toBe(excess);
  });
});

describe('roles', () => {
  test('are scopes without malformed entries', () => {
    for (const role of ROLES) expect(parseScope(scopeOfRole(role))).not.toHaveProperty('malformed');
  });

  test('grant what they are for', () => {
    const names = (role: (typeof ROLES)[number]) => parsed(scopeOfRole(role)).grants.map(([, field]) => field);
    expect(scopeOfRole('full')).toBe(`${P}:query:* ${P}:mutation:* ${P}:subscription:* ${P}:admin:*`);
    expect(names('push').sort()).toEqual([
      'cancelMessages',
      'message',
      'messages',
      'publishEvents',
      'pushGlobalMessage',
      'pushMessage',
      'registerRecipient',
      'version',
    ]);
    expect(names('support').sort()).toEqual([
      'cancelMessages',
      'currentKey',
      'globalMessages',
      'message',
      'messageCounts',
      'messages',
      'recipient',
      'recipients',
      'revokeRecipient',
      'version',
    ]);
    expect(compileScope(scopeOfRole('support')).hidesTexts).toBe(true);
    const showing = scopeOfRole('support', { showText: true });
    expect(compileScope(showing).hidesTexts).toBe(false);
    expect(parsed(showing).grants).toEqual(parsed(scopeOfRole('support')).grants);
  });
});
