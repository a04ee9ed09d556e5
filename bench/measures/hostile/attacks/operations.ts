import { readdirSync, readFileSync } from 'node:fs';
import {
  buildSchema,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLOutputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
} from 'graphql';
import type { Attack } from '../attack.js';

const CALLERS = 32;
const FOLDER = 'schema';

/** Gives values where the type alone would be refused; `N` becomes the number of the call, of a hundred. */
const INPUTS: Readonly<Record<string, unknown>> = {
  pushMessage: { recipients: ['op-N'], message: 'x' },
  pushGlobalMessage: { message: 'x' },
  cancelMessages: { recipient: 'op-N' },
  publishEvents: { events: [{ topic: 'a:b', type: 'update', data: {} }] },
  createTopic: { name: 'op:N' },
  destroyTopic: { name: 'op:N' },
  setEventRule: { entity: 'file', types: ['update'] },
  createAlertRule: { code: 'op-N', topic: 'a', condition: 'name == "N"' },
};

/**
 * Floods every query and mutation of the schema as it stands, each with what it requires; so an operation
 * that is added is attacked, too.
 */
export const OPERATIONS: readonly Attack[] = fields().map((one) => {
  const body = JSON.stringify(one.request);
  return {
    name: `${one.kind} ${one.name}, ${CALLERS} callers`,
    by: 'key',
    run: (kit) =>
      kit.flood({ callers: CALLERS, body: (n) => body.replaceAll('op-N', `op-${n % 100}`).replaceAll('op:N', `op:${n % 100}`) }),
  };
});

function fields() {
  const sdl = readdirSync(FOLDER).filter((name) => name.endsWith('.graphql'));
  const schema = buildSchema(sdl.map((name) => readFileSync(`${FOLDER}/${name}`, 'utf8')).join('\n'));
  const of = (kind: 'query' | 'mutation') => {
    const type = kind === 'query' ? schema.getQueryType() : schema.getMutationType();
    return Object.values(type?.getFields() ?? {}).map((field) => ({ kind, name: field.name, request: requestOf(kind, field) }));
  };
  return [...of('query'), ...of('mutation')];
}

function requestOf(kind: string, field: GraphQLField<unknown, unknown>) {
  const args = field.args.filter(isRequiredArgument);
  const declared = args.map((arg) => `$${arg.name}:${arg.type}`).join(',');
  const given = args.map((arg) => `${arg.name}:$${arg.name}`).join(',');
  return {
    query: `${kind}${declared && `(${declared})`}{${field.name}${given && `(${given})`}${selectionOf(field.type, 0)}}`,
    variables: Object.fromEntries(args.map((arg) => [arg.name, argumentOf(field.name, arg)])),
  };
}

function argumentOf(field: string, arg: GraphQLArgument): unknown {
  return arg.name === 'input' ? (INPUTS[field] ?? plainValue(arg.type)) : plainValue(arg.type);
}

/** Returns the least that a type takes. */
function plainValue(type: GraphQLInputType): unknown {
  if (isNonNullType(type)) return plainValue(type.ofType);
  if (isListType(type)) return [plainValue(type.ofType)];
  if (isEnumType(type)) return type.getValues()[0]?.name;
  if (isInputObjectType(type)) {
    const required = Object.values(type.getFields()).filter(isRequiredInputField);
    return Object.fromEntries(required.map((field) => [field.name, plainValue(field.type)]));
  }
  return { Int: 1, Float: 1, Boolean: true, ID: '01890000-0000-7000-8000-000000000000', JSONObject: {} }[type.name] ?? 'op-N';
}

/** Selects every field that needs no argument, objects to the third level. */
function selectionOf(type: GraphQLOutputType, level: number): string {
  const named = getNamedType(type);
  if (!isObjectType(named)) return '';
  const selected = Object.values(named.getFields()).flatMap((field) => {
    if (field.args.some(isRequiredArgument)) return [];
    const isObject = isObjectType(getNamedType(field.type));
    return isObject && level === 2 ? [] : [`${field.name}${selectionOf(field.type, level + 1)}`];
  });
  return `{${selected.join(' ')}}`;
}
