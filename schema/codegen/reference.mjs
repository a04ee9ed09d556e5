// A codegen plugin: docs/reference.md, everything that the schema says, with scopes, errors and examples.
import { getNamedType, isEnumType, isInputObjectType, isListType, isNonNullType, isObjectType, isScalarType } from 'graphql';
import { exampleOf } from './reference-example.mjs';
import { operationsOf } from './sdk-facts.mjs';

/** Errors of a field beside those that every field can have. */
const ERRORS = {
  pushMessage: ['IDEMPOTENCY_CONFLICT', 'QUOTA_EXCEEDED'],
  pushGlobalMessage: ['IDEMPOTENCY_CONFLICT', 'QUOTA_EXCEEDED', 'GONE'],
  createApiKey: ['QUOTA_EXCEEDED'],
  createWebhook: ['QUOTA_EXCEEDED'],
  createTopic: ['QUOTA_EXCEEDED'],
  createAlertRule: ['QUOTA_EXCEEDED'],
  statusEvents: ['POSITION_EXPIRED'],
};

/** Fields that `*` in a scope does not cover. */
const ADMINISTRATION =
  /^(apiKeys|createApiKey|revokeApiKey|auditLog|webhooks|webhookAttempts|(create|update|delete|test|replay)Webhook|rotateWebhookSecret|setStatusFeed)$/;

const HEAD = `# Reference

<!-- Made by \`npm run codegen\` from schema/: change it there. -->

Everything that the API has, in the words of its schema. [api.md](api.md) explains how to use it. \`GET /schema.graphql\`
is the same for programs.

Every field can fail with UNAUTHENTICATED, FORBIDDEN, BAD_USER_INPUT, RATE_LIMITED, SERVICE_UNAVAILABLE and
INTERNAL_SERVER_ERROR; [Errors](api.md#errors) says what each means and has.
`;

/** Names of operations that a type has, too, but for its capital: the second heading of a name has another anchor. */
const taken = new Set();

export const plugin = (schema) => {
  const operations = operationsOf(schema);
  for (const { method } of operations) taken.add(method.toLowerCase());
  const roots = new Set([schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]);
  const types = Object.values(schema.getTypeMap()).filter((type) => !type.name.startsWith('__') && !roots.has(type));
  const own = types.filter((type) => !['ID', 'String', 'Int', 'Float', 'Boolean'].includes(type.name));
  const section = (kind, title) => {
    const some = operations.filter((operation) => operation.kind === kind);
    return some.length === 0 ? [] : [`\n## ${title}\n`, ...some.map(operationText)];
  };
  const described = (title, is, text) => [`\n## ${title}\n`, ...own.filter(is).map(text)];
  return [
    HEAD,
    ...section('query', 'Queries'),
    ...section('mutation', 'Mutations'),
    ...section('subscription', 'Subscriptions'),
    ...described('Inputs', isInputObjectType, (type) => typeText(type, Object.values(type.getFields()))),
    ...described('Types', isObjectType, (type) => typeText(type, Object.values(type.getFields()))),
    ...described('Enums', isEnumType, enumText),
    ...described('Scalars', isScalarType, (type) => `### ${type.name}\n\n${paragraphs(type.description)}\n`),
  ].join('\n');
};

function operationText(operation) {
  const { kind, field, method } = operation;
  const rows = field.args.map((arg) => [`\`${arg.name}\``, typeLink(arg.type), cell(arg.description)]);
  const errors = ERRORS[field.name] ?? [];
  const entries = [`\`websockets-manager-api:${kind}:${field.name}\``];
  if (field.name === 'currentKey') entries.splice(0, 1, 'none: every valid key may ask it');
  else if (ADMINISTRATION.test(field.name)) entries.push('`websockets-manager-api:admin:*`');
  else entries.push(`\`websockets-manager-api:${kind}:*\``);
  return [
    `### ${method}\n`,
    paragraphs(field.description),
    ...(rows.length > 0 ? ['', table(['argument', 'type', ''], rows)] : []),
    `\nAnswers ${typeLink(field.type)}. Scope: ${entries.join(' or ')}.`,
    ...(errors.length > 0 ? [`Errors of its own: ${errors.join(', ')}.`] : []),
    `\n\`\`\`graphql\n${exampleOf(operation)}\n\`\`\`\n`,
  ].join('\n');
}

function typeText(type, fields) {
  const rows = fields.flatMap((field) => [
    [`\`${field.name}\``, typeLink(field.type), cell(field.description)],
    ...(field.args ?? []).map((arg) => [`\`${field.name}(${arg.name})\``, typeLink(arg.type), cell(arg.description)]),
  ]);
  return `### ${type.name}\n\n${paragraphs(type.description)}\n\n${table(['field', 'type', ''], rows)}\n`;
}

function enumText(type) {
  const rows = type.getValues().map(({ name, description }) => [`\`${name}\``, cell(description)]);
  return `### ${type.name}\n\n${paragraphs(type.description)}\n\n${table(['value', ''], rows)}\n`;
}

const table = (header, rows) => [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const anchorOf = (name) => `${name.toLowerCase()}${taken.has(name.toLowerCase()) ? '-1' : ''}`;

/** Shows a type as the schema does, with a link to what it is made of. */
function typeLink(type) {
  const { name } = getNamedType(type);
  const shown = /^(ID|String|Int|Float|Boolean)$/.test(name) ? name : `[${name}](#${anchorOf(name)})`;
  const wrap = (inner) => {
    if (isNonNullType(inner)) return `${wrap(inner.ofType)}!`;
    if (isListType(inner)) return `list of ${wrap(inner.ofType)}`;
    return shown;
  };
  return wrap(type);
}

const cell = (text) => (text ?? '').trim().replace(/\s+/g, ' ').replaceAll('|', '\\|');
const paragraphs = (text) => (text ?? '').trim();
