// What the generators of the package have in common: which field of the schema becomes which method.
import { getNamedType, isListType, isNonNullType, isObjectType } from 'graphql';

/**
 * Fields that are asked for only where a caller includes them: they cost the service questions to its nodes or
 * counts, or tell what else could be asked by itself. Fields with arguments are so by themselves.
 */
const ON_DEMAND = new Set(['Message.pendingReason', 'GlobalMessage.counts', 'StatusEvent.message']);

/** Mutations that may be repeated although nobody knows whether they took place, beside those with an idempotency key. */
const REPEATABLE = new Set(['registerRecipient', 'cancelMessages', 'revokeRecipient', 'revokeApiKey', 'eraseRecipient']);

export const isOnDemand = (type, field) => ON_DEMAND.has(`${type.name}.${field.name}`) || field.args.length > 0;

/** Lists the root fields, each with what its method needs to know. */
export function operationsOf(schema) {
  const roots = [
    ['query', schema.getQueryType()],
    ['mutation', schema.getMutationType()],
    ['subscription', schema.getSubscriptionType()],
  ];
  return roots.flatMap(([kind, type]) => Object.values(type?.getFields() ?? {}).map((field) => operationOf(kind, field)));
}

function operationOf(kind, field) {
  const input = field.args.length === 1 && field.args[0].name === 'input' ? getNamedType(field.args[0].type) : null;
  const given = Object.values(input?.getFields() ?? {}).concat(input ? [] : field.args);
  const hasKey = given.some(({ name }) => name === 'idempotencyKey');
  const result = getNamedType(field.type);
  const paging = pagingOf(kind, field, result);
  const entity = paging ? getNamedType(result.getFields().items.type) : result;
  return {
    kind,
    field,
    /** A field that is subscribed to may also be asked. */
    method: kind === 'subscription' ? `subscribe${field.name[0].toUpperCase()}${field.name.slice(1)}` : field.name,
    /** The type of a sole argument `input`, whose fields become those of the method. */
    input,
    hasKey,
    isRepeatable: kind !== 'mutation' || hasKey || REPEATABLE.has(field.name),
    paging,
    entity,
    /** Null is an answer, not a fault: nothing has this id. */
    mayBeNull: !isNonNullType(field.type) && given.some(({ name, type }) => name === 'id' && isNonNullType(type)),
    includes:
      kind !== 'mutation' && isObjectType(entity)
        ? Object.values(entity.getFields())
            .filter((below) => isOnDemand(entity, below))
            .map(({ name }) => name)
        : [],
  };
}

/** Tells by which argument a page is asked for, and by which field of its answer the next. */
function pagingOf(kind, field, result) {
  const fields = isObjectType(result) ? result.getFields() : {};
  const has = (name) => field.args.some((arg) => arg.name === name);
  if (kind !== 'query' || !fields.items) return null;
  if (fields.nextToken && has('nextToken')) return { argument: 'nextToken', next: 'nextToken' };
  if (fields.next && fields.more && has('after')) return { argument: 'after', next: 'next' };
  throw new Error(`${field.name} has items, and no way to a next page that the package knows`);
}

/** Prints a description as the comment above a declaration. */
export function comment(description, indent = '') {
  if (!description) return '';
  const lines = description.trim().replaceAll('*/', '*\\/').split('\n');
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`;
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}`.trimEnd()).join('\n')}\n${indent} */\n`;
}

const SCALARS = { ID: 'string', String: 'string', Int: 'number', Float: 'number', Boolean: 'boolean', Token: 'string' };

/** Prints a type of the schema in TypeScript. */
export function typeScriptOf(type, isInput) {
  if (isNonNullType(type)) return required(type.ofType, isInput);
  return `${required(type, isInput)} | null`;
}

function required(type, isInput) {
  if (isListType(type)) {
    const item = typeScriptOf(type.ofType, isInput);
    const list = item.includes(' ') ? `(${item})[]` : `${item}[]`;
    return isInput ? `readonly ${list}` : list;
  }
  if (type.name === 'DateTime') return isInput ? 'Date | string' : 'string';
  if (type.name === 'JSONObject') return isInput ? 'object' : 'Record<string, unknown>';
  return SCALARS[type.name] ?? type.name;
}
