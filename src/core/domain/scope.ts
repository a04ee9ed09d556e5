/** Caller of the API: a key of one tenant, with what it may do. */
export interface Principal {
  tenantId: string;
  keyId: string;
  /** First characters of the key, to tell keys apart. */
  keyPrefix: string;
  keyName: string | null;
  /** Name of the role whose scope the key, or the first key of its line, was made with. */
  role: string | null;
  scope: Scope;
}

export type OperationType = 'query' | 'mutation' | 'subscription';

/** Operations that a key may call, compiled from the scope's text. */
interface Scope {
  /** @param field of the schema */
  allows(operation: OperationType, field: string): boolean;
  /** The texts of messages are answered as their length. */
  readonly hidesTexts: boolean;
  /**
   * Finds what another scope may do and this one may not.
   * @returns the first such entry, or the option that the other lacks; null if this scope covers the other
   */
  findExcess(other: ScopeEntries): string | null;
}

/** What a scope's text says. */
export interface ScopeEntries {
  grants: ReadonlyArray<readonly [operation: OperationType, field: string]>;
  /** All fields of administration, those of later versions included. */
  admin: boolean;
  hidesTexts: boolean;
}

const PREFIX = 'websockets-manager-api';
const GRANT = new RegExp(`^${PREFIX}:(query|mutation|subscription):(\\*|[_A-Za-z][_0-9A-Za-z]*)$`);
const OPTION = `${PREFIX}:option:`;
/** Grants every field of administration. */
export const ADMIN = `${PREFIX}:admin:*`;
/** Has the texts of messages answered as their length. */
export const HIDE_TEXT = `${OPTION}hide-text`;

/** Makes the entry of one field; `*` stands for all of the operation but those of administration. */
export const scopeEntry = (operation: OperationType, field: string): string => `${PREFIX}:${operation}:${field}`;

/**
 * Fields with which a key could reach further than it was given, or watch others. No `*` of an operation
 * covers them: a key from before they were made gains nothing by an upgrade.
 */
const ADMINISTRATION: ReadonlySet<string> = new Set([
  ...['apiKeys', 'auditLog', 'webhooks', 'webhookAttempts'].map((field) => scopeEntry('query', field)),
  ...['createApiKey', 'revokeApiKey', 'setStatusFeed', 'createWebhook', 'updateWebhook'].map((field) =>
    scopeEntry('mutation', field),
  ),
  ...['rotateWebhookSecret', 'deleteWebhook', 'testWebhook', 'replayWebhook'].map((field) => scopeEntry('mutation', field)),
]);

/** Fields by which a key with hidden texts would get them all the same, or put others in its place. */
const REVEALING: ReadonlySet<string> = new Set(
  ['registerRecipient', 'publishEvents', 'createWebhook', 'updateWebhook', 'createApiKey'].map((field) =>
    scopeEntry('mutation', field),
  ),
);

/** Every valid key may ask what it is. */
const GRANTED_TO_ALL = scopeEntry('query', 'currentKey');

const partsOf = (text: string): string[] => text.split(/\s+/).filter((part) => part !== '');

/** Parses a scope's text, or returns the first malformed entry. */
export function parseScope(text: string): ScopeEntries | { malformed: string } {
  const grants: Array<[OperationType, string]> = [];
  const parts = partsOf(text);
  for (const part of parts) {
    if (part === ADMIN || part === HIDE_TEXT) continue;
    const match = GRANT.exec(part);
    if (!match) return { malformed: part };
    grants.push([match[1] as OperationType, match[2] as string]);
  }
  return { grants, admin: parts.includes(ADMIN), hidesTexts: parts.includes(HIDE_TEXT) };
}

/** Returns a scope's text as it is stored. */
export const normalScope = (text: string): string => [...new Set(partsOf(text))].join(' ');

/** Tells whether a scope takes anything away: nodes that do not know of options must not find such a key. */
export const hasOptions = (text: string): boolean => partsOf(text).some((part) => part.startsWith(OPTION));

/**
 * Compiles a scope. Malformed entries grant nothing, and neither does an empty scope. An option of a later
 * version might take anything away, so a scope that has one grants nothing at all.
 */
export function compileScope(text: string): Scope {
  const granted = new Set(partsOf(text));
  const isUnderstood = ![...granted].some((part) => part.startsWith(OPTION) && part !== HIDE_TEXT);
  const hidesTexts = granted.has(HIDE_TEXT) || !isUnderstood;

  const judge = (operation: OperationType, field: string): boolean => {
    const entry = scopeEntry(operation, field);
    if (!isUnderstood || (hidesTexts && REVEALING.has(entry))) return false;
    if (entry === GRANTED_TO_ALL || granted.has(entry)) return true;
    return granted.has(ADMINISTRATION.has(entry) ? ADMIN : scopeEntry(operation, '*'));
  };
  // Fields of the schema, which are not many: each request of a key asks about one of them.
  const judged: Record<OperationType, Map<string, boolean>> = { query: new Map(), mutation: new Map(), subscription: new Map() };
  return {
    hidesTexts,
    allows(operation, field) {
      let allowed = judged[operation].get(field);
      if (allowed === undefined) {
        allowed = judge(operation, field);
        judged[operation].set(field, allowed);
      }
      return allowed;
    },
    findExcess(other) {
      if (other.admin && !granted.has(ADMIN)) return ADMIN;
      for (const [operation, field] of other.grants) {
        const entry = scopeEntry(operation, field);
        if (field === '*' ? !granted.has(entry) : !judge(operation, field)) return entry;
      }
      return hidesTexts && !other.hidesTexts ? HIDE_TEXT : null;
    },
  };
}
