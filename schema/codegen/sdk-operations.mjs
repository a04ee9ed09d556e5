// A codegen plugin: the methods of the client, one for each root field of the schema, and what each sends.
import { readFileSync } from 'node:fs';
import { getNamedType, isEnumType, isInputObjectType, isObjectType, isScalarType } from 'graphql';
import { comment, isOnDemand, operationsOf, typeScriptOf } from './sdk-facts.mjs';

const { version } = JSON.parse(readFileSync(new URL('../../packages/sdk/package.json', import.meta.url), 'utf8'));

export const plugin = (schema) => {
  const operations = operationsOf(schema);
  const used = new Set();
  const methods = operations.map((operation) => methodOf(operation, used));
  const parts = [
    "import type { CallOptions, Operation, Position } from '../sdk-operation.js';",
    "import type { Pages } from '../item-pages.js';",
    `import type {\n${[...used]
      .sort()
      .map((name) => `  ${name},`)
      .join('\n')}\n} from './types.js';`,
    `\n/** The package's version, which is that of the schema. */\nexport const VERSION = '${version}';`,
    `\nexport const OPERATIONS = {\n${operations.map(descriptorOf).join('\n')}\n} as const satisfies Record<string, Operation>;`,
    `\n/** One method for each operation of the service. */\nexport abstract class Operations {`,
    '  protected abstract call<Result>(operation: Operation, variables: object, options: CallOptions<string>): Promise<Result>;',
    '  protected abstract walk<Item, Page extends { items: Item[] } & Position>(',
    '    operation: Operation,\n    variables: object,\n    options: CallOptions<string>,\n  ): Pages<Item, Page>;',
    '  protected abstract follow<Event>(operation: Operation, variables: object, options: CallOptions<string>): AsyncIterable<Event>;',
    methods.join(''),
    '}\n',
  ];
  return parts.join('\n');
};

function descriptorOf({ method, field, kind, hasKey, isRepeatable, paging, mayBeNull, includes, ...operation }) {
  const facts = [
    `name: '${field.name}'`,
    `kind: '${kind}'`,
    `document: '${documentOf({ field, kind, paging, includes, ...operation })}'`,
    `isRepeatable: ${isRepeatable}`,
    `hasKey: ${hasKey}`,
    `mayBeNull: ${mayBeNull || paging !== null}`,
    `positionArgument: ${paging ? `'${paging.argument}'` : 'null'}`,
  ];
  return `  ${method}: {\n${facts.map((fact) => `    ${fact},`).join('\n')}\n  },`;
}

function documentOf({ field, kind, paging, includes, entity }) {
  const declared = field.args.map(({ name, type }) => `$${name}:${type}`).join(',');
  const passed = field.args.map(({ name }) => `${name}:$${name}`).join(',');
  const wrap = (text) => (text === '' ? '' : `(${text})`);
  return `${kind}${wrap(declared)}{${field.name}${wrap(passed)}${selectionOf(getNamedType(field.type), { paging, includes, entity }, [])}}`;
}

/** Selects all of a type but what is asked for on demand. What may be included stands in marks: `<name:selection>`. */
function selectionOf(type, operation, above) {
  if (isScalarType(type) || isEnumType(type)) return '';
  if (!isObjectType(type)) throw new Error(`${type.name} is of a kind that the package cannot select`);
  if (above.includes(type.name))
    throw new Error(`${type.name} is below itself: put the field among those that are asked for on demand`);
  const below = (field) =>
    `${field.name}${selectionOf(getNamedType(field.type), { ...operation, entity: null }, [...above, type.name])}`;
  const fields = Object.values(type.getFields()).flatMap((field) => {
    if (operation.paging && field.name === 'items' && above.length === 0) {
      return [`items${selectionOf(operation.entity, { ...operation, paging: null }, [type.name])}`];
    }
    if (!isOnDemand(type, field)) return [below(field)];
    return type === operation.entity && operation.includes.includes(field.name) ? [`<${field.name}:${below(field)}>`] : [];
  });
  return `{${fields.join(' ')}}`;
}

function methodOf(operation, used) {
  const { method, field, kind, hasKey, paging, entity, mayBeNull, includes } = operation;
  const use = (text) => {
    for (const [name] of text.matchAll(/\b[A-Z]\w*/g)) if (!['Date', 'Record'].includes(name)) used.add(name);
    return text;
  };
  const { taken, variables } = takenBy(operation, use);
  const options = `options: CallOptions${includes.length > 0 ? `<${includes.map((name) => `'${name}'`).join(' | ')}>` : ''} = {}`;
  const signature = [...taken, options].join(', ');
  const notes = [
    field.description,
    ...(hasKey ? ['An `idempotencyKey` is made if none is given, so that it can be repeated.'] : []),
  ];
  const head = `\n${comment(notes.join('\n\n'), '  ')}  ${method}(${signature})`;
  const call = `OPERATIONS.${method}, ${variables}, options)`;
  if (paging) {
    const types = `${use(entity.name)}, ${use(getNamedType(field.type).name)}`;
    return `${head}: Pages<${types}> {\n    return this.walk<${types}>(${call};\n  }\n`;
  }
  if (kind === 'subscription') {
    const event = use(getNamedType(field.type).name);
    return `${head}: AsyncIterable<${event}> {\n    return this.follow<${event}>(${call};\n  }\n`;
  }
  const type = typeScriptOf(field.type, false).replace(/ \| null$/, '');
  const result = use(mayBeNull ? `${type} | null` : type);
  return `${head}: Promise<${result}> {\n    return this.call<${result}>(${call};\n  }\n`;
}

function takenBy({ method, field, input }, use) {
  if (input) {
    if (!isInputObjectType(input)) throw new Error(`${field.name} has an input that is no input type`);
    return { taken: [`input: ${use(input.name)}`], variables: '{ input }' };
  }
  if (field.args.length === 0) return { taken: [], variables: '{}' };
  const name = use(`${method[0].toUpperCase()}${method.slice(1)}Arguments`);
  const isNeeded = field.args.some(({ type }) => `${type}`.endsWith('!'));
  return { taken: [`ask: ${name}${isNeeded ? '' : ' = {}'}`], variables: 'ask' };
}
