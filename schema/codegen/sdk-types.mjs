// A codegen plugin: the types of the schema for users of the package.
import { isEnumType, isInputObjectType, isNonNullType, isObjectType } from 'graphql';
import { comment, isOnDemand, operationsOf, typeScriptOf } from './sdk-facts.mjs';

export const plugin = (schema) => {
  const roots = new Set([schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]);
  const types = Object.values(schema.getTypeMap()).filter((type) => !type.name.startsWith('__') && !roots.has(type));
  return [...types.flatMap(declarationOf), ...operationsOf(schema).flatMap(argumentsOf)].join('\n');
};

function declarationOf(type) {
  if (isEnumType(type)) {
    const values = type.getValues();
    const words = values.map(({ name, description }) => ` * - \`${name}\`: ${oneLine(description)}`).join('\n');
    const union = values.map(({ name }) => `  | '${name}'`).join('\n');
    return [`/**\n * ${oneLine(type.description)}\n *\n${words}\n */\nexport type ${type.name} =\n${union};\n`];
  }
  if (isInputObjectType(type)) return [interfaceOf(type.name, type.description, Object.values(type.getFields()), true)];
  if (!isObjectType(type)) return [];
  const onDemand = (field) => isOnDemand(type, field);
  return [interfaceOf(type.name, type.description, Object.values(type.getFields()), false, onDemand)];
}

/** The arguments of a field that takes more than an `input`. */
function argumentsOf({ method, field, input }) {
  if (input || field.args.length === 0) return [];
  const name = `${method[0].toUpperCase()}${method.slice(1)}Arguments`;
  return [interfaceOf(name, `What \`${method}\` is asked with.`, field.args, true)];
}

function interfaceOf(name, description, fields, isInput, onDemand = () => false) {
  const lines = fields.map((field) => {
    const optional = isInput ? !isNonNullType(field.type) : onDemand(field);
    const note =
      !isInput && optional ? `${field.description}\n\nThere only where it was asked for by \`include\`.` : field.description;
    return `${comment(note, '  ')}  ${field.name}${optional ? '?' : ''}: ${typeScriptOf(field.type, isInput)}${isInput && optional ? ' | undefined' : ''};`;
  });
  return `${comment(description)}export interface ${name} {\n${lines.join('\n')}\n}\n`;
}

const oneLine = (text) => (text ?? '').trim().replace(/\s+/g, ' ');
