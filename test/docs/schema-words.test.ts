import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import {
  buildSchema,
  type GraphQLField,
  type GraphQLNamedType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isObjectType,
} from 'graphql';

const ROOT = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, ROOT), 'utf8');
const schema = buildSchema(
  readdirSync(new URL('schema', ROOT))
    .filter((name) => name.endsWith('.graphql'))
    .map((name) => read(`schema/${name}`))
    .join('\n'),
);

type Field = GraphQLField<unknown, unknown>;

const rootFields = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].flatMap((type) =>
  Object.values(type?.getFields() ?? {}),
);

/** Words that stand in blocks, in `code` or in tables: prose alone explains no field. */
const wordsOf = (text: string) =>
  new Set([...text.matchAll(/^```[\s\S]*?^```|`[^`\n]+`|^\|.*$/gm)].flatMap(([code]) => code.match(/\w+/g) ?? []));

const sections = read('docs/api.md')
  .split(/^(?=## )/m)
  .map((text) => ({ words: wordsOf(text), heading: new Set(text.split('\n')[0]?.match(/\w+/g)) }));
const isAbout = ({ heading }: (typeof sections)[number], { name }: Field) => heading.has(name);
const general = sections.filter((section) => !rootFields.some((field) => isAbout(section, field)));

const outputs = (field: Field) => [getNamedType(field.type)];
const inputs = (field: Field) => field.args.map(({ type }) => getNamedType(type));

/** Names of the values, fields and arguments that a type has itself, and the types that these have. */
function partsOf(type: GraphQLNamedType): { names: string[]; types: GraphQLNamedType[] } {
  if (isEnumType(type)) return { names: type.getValues().map(({ name }) => name), types: [] };
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields());
    return { names: fields.map(({ name }) => name), types: fields.map((field) => getNamedType(field.type)) };
  }
  if (!isObjectType(type)) return { names: [], types: [] };
  const fields = Object.values(type.getFields());
  return {
    names: fields.flatMap(({ name, args }) => [name, ...args.map((arg) => arg.name)]),
    types: fields.flatMap((field) => [...outputs(field), ...inputs(field)]),
  };
}

/** What a root field takes and answers, down to the last word. */
function wordsBelow(root: Field): Map<string, string> {
  const words = new Map(root.args.map(({ name }) => [`${root.name}(${name})`, name]));
  const types = new Set([...outputs(root), ...inputs(root)]);
  for (const type of types) {
    const { names, types: inner } = partsOf(type);
    for (const name of names) words.set(`${type.name}.${name}`, name);
    for (const one of inner) types.add(one);
  }
  return words;
}

test.each(rootFields.map((field) => [field.name, field] as const))(
  'docs/api.md has a section on %s, which names all that it takes and answers',
  (name, field) => {
    const about = sections.filter((section) => isAbout(section, field));
    expect(about.map(({ words }) => words.has(name))).toEqual([true]);
    // What several operations answer is explained once.
    const shared = sections.filter(({ words }) => words.has('items'));
    const named = [...about, ...general, ...shared];
    const missing = [...wordsBelow(field)].filter(([, word]) => !named.some(({ words }) => words.has(word)));
    expect(missing.map(([what]) => what)).toEqual([]);
  },
);
