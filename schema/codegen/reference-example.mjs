// Examples for the reference: a call of each root field with what it needs, and all that it answers.
import { getNamedType, isEnumType, isInputObjectType, isListType, isNonNullType, isObjectType } from 'graphql';
import { isOnDemand } from './sdk-facts.mjs';

const ID = '"019aa3c2-0000-7000-8000-000000000000"';

/** Values by the name of an argument or field; the first that fits, with the type before it, is taken. */
const VALUES = {
  'EventInput.topic': '"file:37c3b618"',
  'CreateAlertRuleInput.topic': '"voyage"',
  'CreateTopicInput.name': '"chat:7"',
  'DestroyTopicInput.name': '"chat:7"',
  'DateTimeFilter.from': '"2026-11-01"',
  'DateTimeFilter.to': '"2026-11-30"',
  recipient: '"user-1"',
  recipients: '["user-1"]',
  name: '"user-1"',
  startsWith: '"user-"',
  message: '"Your report is ready"',
  type: '"update"',
  data: '{ id: "37c3b618", pages: 12 }',
  entity: '"FILE"',
  types: '["UPDATE"]',
  code: '"LATE"',
  condition: '"data.delay > 24"',
  scope: '"websockets-manager-api:mutation:pushMessage"',
  url: '"https://example.org/tidings"',
};

/** Arguments that are given although they are not needed, since the call would be refused or idle without them. */
const WANTED = {
  cancelMessages: ['recipient'],
  usage: ['to'],
  messages: ['filter', 'recipient'],
  messageCounts: ['filter', 'recipient'],
  updateWebhook: ['paused'],
  replayWebhook: ['failedOnly'],
};

export function exampleOf({ kind, field }) {
  const given = argumentsOf(field.args, null, WANTED[field.name] ?? []);
  const call = `${field.name}${given === '' ? '' : `(${given})`}`;
  const selection = selectionOf(getNamedType(field.type), []);
  return `${kind} {\n  ${call}${selection}\n}`;
}

function argumentsOf(fields, owner, wanted) {
  return fields
    .filter(({ name, type }) => isNonNullType(type) || wanted.includes(name))
    .map(({ name, type }) => `${name}: ${sampleOf(name, type, owner, wanted)}`)
    .join(', ');
}

function sampleOf(name, type, owner, wanted) {
  const isText = !isInputObjectType(getNamedType(type)) && !isEnumType(getNamedType(type));
  const known = VALUES[`${owner}.${name}`] ?? (isText ? VALUES[name] : undefined);
  if (known !== undefined) return known;
  const inner = isNonNullType(type) ? type.ofType : type;
  if (isListType(inner)) return `[${sampleOf(name, inner.ofType, owner, wanted)}]`;
  if (isEnumType(inner)) return inner.getValues()[0].name;
  if (isInputObjectType(inner)) {
    const more = inner.name === 'DateTimeFilter' ? ['from', ...wanted] : wanted;
    return `{ ${argumentsOf(Object.values(inner.getFields()), inner.name, more)} }`;
  }
  return { ID, Int: '1', Float: '1', Boolean: 'true' }[inner.name] ?? '"text"';
}

function selectionOf(type, above) {
  if (!isObjectType(type)) return '';
  const fields = Object.values(type.getFields()).filter(
    (field) => !isOnDemand(type, field) && !above.includes(getNamedType(field.type).name),
  );
  return ` { ${fields.map((field) => `${field.name}${selectionOf(getNamedType(field.type), [...above, type.name])}`).join(' ')} }`;
}
