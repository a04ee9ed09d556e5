import { describe, expect, test } from '@jest/globals';
import {
  buildSchema,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  isObjectType,
  parse,
  validate,
} from 'graphql';
import { createExecutor, type Operation } from '../../../src/api/execution/executor.js';
import { EncodedValue, encodeInPieces, encodeResponse } from '../../../src/api/execution/response-encoder.js';

const SDL = `
  scalar Anything
  enum Colour { RED GREEN }
  interface Named { name: String }
  type Person implements Named { name: String }
  type Entry { index: Int! item: Item error: Problem greeting(to: String = "you"): String }
  type Item {
    id: ID! text: String! moment: Anything colour: Colour weight: Float flag: Boolean grid: [[Int!]] more: [Entry!]! owner: Owner
  }
  type Problem { code: String! message: String! }
  type Owner { name: String }
  type Query {
    version: String!
    entries(case: Int, input: [String!]): [Entry!]
    loose(case: Int): [Entry]
    one(case: Int): Entry!
    numbers: [Int!]
    named: Named
    refused: [Entry!]
    broken: Int!
  }
  type Mutation { push(input: [String!]): [Entry!] pushed: Int! refused: Entry }
`;

const item = {
  id: 'a"\\\u2028\ud83d\ude00\ud800',
  text: 'line\n\u0000é',
  moment: { toJSON: () => [1, null] },
  colour: 'GREEN',
  weight: -0.5,
  flag: false,
  grid: [[1, 2], [], null],
  more: [],
};
const entry = { index: 0, item: { ...item, more: [{ index: -1, item: null, error: null }] }, error: null };
const problem = { index: 1, item: null, error: { code: 'BAD', message: 'no' } };
const many = (change: (index: number) => object = () => ({})) =>
  Array.from({ length: 1_234 }, (_, index) => ({ ...entry, index, ...change(index) }));

/** Usual answers of a use case. */
const USUAL: Array<[string, () => unknown]> = [
  ['entries', () => [entry, problem]],
  ['no entries', () => []],
  ['nothing', () => null],
  ['thousands of entries', () => many()],
  ['numbers and truths for texts', () => [{ index: '7', item: { ...item, id: 12, text: true, flag: 1, weight: -0 } }]],
  ['attributes that nobody asks for', () => [{ ...entry, other: () => 1 }]],
];
/** Answers that a use case never gives. */
const UNUSUAL: Array<[string, () => unknown]> = [
  ['null where there must be none', () => [entry, { index: null, item: { ...item, id: null } }]],
  ['null far below', () => [entry, { index: 1, item: { ...item, more: [{ index: 1 }, { index: undefined }] } }]],
  [
    'several errors',
    () => [{ ...entry, index: 'x' }, problem, { index: 2, item: { ...item, colour: 'BLUE', weight: Number.NaN } }],
  ],
  ['no number', () => [{ index: 1.5 }]],
  ['an object as a text', () => [{ index: 1, item: { ...item, text: { a: 1 } } }]],
  ['a text as an object', () => ['text']],
  ['no list', () => 7],
  ['a set', () => new Set([entry, problem])],
  [
    'promises',
    () => [Promise.resolve(entry), { index: Promise.resolve(3), item: Promise.resolve(item), error: Promise.resolve() }],
  ],
  [
    'functions',
    () => [{ index: () => 7, item: () => ({ ...item, id: async () => 'z' }), greeting: ({ to }: { to: string }) => to }],
  ],
  ['an error as a value', () => [entry, { index: new Error('in a value'), item: new Error('in another') }]],
  ['an error as an entry', () => [new Error('in the list')]],
  ['a leaf that is no JSON', () => [{ index: 1, item: { ...item, moment: Symbol('none') } }]],
  ['a bad one among thousands', () => many((index) => (index === 1_100 ? { index: null } : {}))],
];
const CASES = [...USUAL, ...UNUSUAL];

interface Fixture {
  schema: GraphQLSchema;
  /** Root fields that were executed, in order. */
  executed: string[];
}

function createFixture(): Fixture {
  const schema = buildSchema(SDL);
  const executed: string[] = [];
  const answer = (_: unknown, args: { case?: number }) => CASES[args.case ?? 0]?.[1]();
  const refuse = async () => {
    throw new GraphQLError('refused', { extensions: { code: 'FORBIDDEN' } });
  };
  const root: Record<string, Record<string, (root: unknown, args: { case?: number }) => unknown>> = {
    Query: {
      version: () => '1',
      entries: answer,
      loose: answer,
      one: (_, args) => {
        const list = answer(_, args);
        return Array.isArray(list) ? list.at(-1) : list;
      },
      numbers: () => [1, 2],
      named: () => ({ __typename: 'Person', name: 'n' }),
      refused: refuse,
      broken: () => {
        throw new Error('broken');
      },
    },
    Mutation: { push: answer, pushed: async () => executed.length, refused: refuse },
  };
  for (const [type, resolvers] of Object.entries(root)) {
    for (const [name, resolve] of Object.entries(resolvers)) {
      const noting: GraphQLFieldResolver<unknown, unknown> = async (source, args, _context, { path }) => {
        executed.push(String(path.key));
        return resolve(source, args);
      };
      setResolver(schema, type, name, noting);
    }
  }
  setResolver(schema, 'Owner', 'name', () => 'by a resolver of its own');
  return { schema, executed };
}

function setResolver(schema: GraphQLSchema, type: string, name: string, resolve: GraphQLFieldResolver<unknown, unknown>): void {
  const owner = schema.getType(type);
  const field = isObjectType(owner) ? owner.getFields()[name] : undefined;
  if (!field) throw new Error(`no field ${type}.${name}`);
  field.resolve = resolve;
}

interface Asked {
  query: string;
  variables?: Record<string, unknown>;
  operationName?: string;
}

/** Executes as Apollo does: what the executor leaves to it, by graphql-js. */
function runner(original: GraphQLSchema) {
  const { schema, execute: run } = createExecutor(original);
  return async (asked: Omit<Operation, 'contextValue'>) => {
    const operation = { ...asked, contextValue: { hidesTexts: false } };
    return (await run(operation)) ?? execute({ schema, ...operation });
  };
}

/** The same operation by graphql-js alone and by the executor. */
async function compare({ query, variables, operationName }: Asked) {
  const document = parse(query);
  const plain = createFixture();
  expect(validate(plain.schema, document)).toEqual([]);
  const expected = await execute({ schema: plain.schema, document, variableValues: variables, operationName });

  const ours = createFixture();
  const run = runner(ours.schema);
  // Twice: what was compiled for the first is used for the second.
  for (let time = 0; time < 2; time++) {
    ours.executed.length = 0;
    const result = await run({ document, variableValues: variables, operationName });
    expect(encoded(dataOf(result))).toBe(JSON.stringify({ data: expected.data }));
    expect(byPlace(result.errors)).toEqual(byPlace(expected.errors));
    expect(ours.executed).toEqual(plain.executed);
  }
}

/** Sorts errors: the fields of a query are executed at the same time, in no promised order. */
/** The data of a result; a result without data encodes as one without that field. */
const dataOf = ({ data }: ExecutionResult) => (data === undefined ? {} : { data });
const encoded = (answer: Pick<ExecutionResult, 'data'>) => {
  const pieces = encodeInPieces(answer);
  return pieces === null ? encodeResponse(answer) : Buffer.concat([...pieces.take()]).toString();
};
const byPlace = (errors: readonly GraphQLError[] = []) =>
  errors
    .map((error) => ({ ...error.toJSON(), nodes: error.nodes }))
    .sort((a, b) => (JSON.stringify(a.path) < JSON.stringify(b.path) ? -1 : 1));

const ALL = 'index item{id text moment colour weight flag grid more{index item{id}}} error{code message}';
const FRAGMENTS = 'fragment e on Entry{index ...p} fragment p on Entry{error{...c}} fragment c on Problem{code}';

describe('the executor answers as graphql-js does', () => {
  const selections: Array<[string, Asked]> = [
    ['every field', { query: `query($case:Int){entries(case:$case){${ALL}}}` }],
    ['few of them', { query: 'query($case:Int){entries(case:$case){item{id} index}}' }],
    ['the same in a list that may have null', { query: `query($case:Int){loose(case:$case){${ALL}}}` }],
    ['a single one that may not be null', { query: `query($case:Int){version one(case:$case){${ALL}}}` }],
    [
      'aliases',
      { query: 'query($case:Int){b:entries(case:$case){__proto__:index a:item{id i:id} item{text}} a:loose(case:$case){index}}' },
    ],
    [
      'one field several times',
      { query: 'query($case:Int){entries(case:$case){item{id} index} entries(case:$case){index item{text id}}}' },
    ],
    ['type names', { query: 'query($case:Int){__typename entries(case:$case){t:__typename item{__typename more{__typename}}}}' }],
    ['fragments', { query: `query($case:Int){entries(case:$case){...e ...on Entry{item{id}} ...p ...{index}}} ${FRAGMENTS}` }],
    ['arguments below', { query: 'query($case:Int){entries(case:$case){greeting other:greeting(to:"me")}}' }],
    ['a resolver below', { query: 'query($case:Int){entries(case:$case){index item{owner{name}}}}' }],
    ['an error beside', { query: 'query($case:Int){refused{index} entries(case:$case){index} numbers}' }],
    [
      'an abstract type beside',
      { query: 'query($case:Int){named{__typename name ...on Person{n:name}} entries(case:$case){index}}' },
    ],
    ['the schema beside', { query: '{__schema{queryType{fields{name type{name kind ofType{name}}}}} entries{index}}' }],
    ['a type beside', { query: '{t:__type(name:"Query"){fields{name type{name}}} entries{index}}' }],
    ['several changes', { query: 'mutation{a:push{index} pushed b:push{item{id}} refused{index} n:pushed}' }],
  ];
  for (const [at, [selection, asked]] of selections.entries()) {
    // Work in turns depends on how many there are, not on what is asked of each: two selections see thousands.
    const cases = CASES.map(([name], index) => [name, index] as const).filter(([name]) => at < 2 || !name.includes('thousands'));
    test.each(cases)(`${selection}: %s`, (_, index) => compare({ ...asked, variables: { case: index } }));
  }

  const directives =
    'query($a:Boolean!,$b:Boolean=true){entries{index @skip(if:$a) item @include(if:$b){id @include(if:$a) text} ...@skip(if:$a){error{code}}}}';
  test.each([
    ['a', { query: directives, variables: { a: true } }],
    ['not a', { query: directives, variables: { a: false } }],
    ['neither', { query: directives, variables: { a: false, b: false } }],
    ['nothing left', { query: 'query($a:Boolean!){entries{index @skip(if:$a)}}', variables: { a: true } }],
    ['null for a condition', { query: 'query($a:Boolean=true){entries{item{id @skip(if:$a)}}}', variables: { a: null } }],
    [
      'a condition of the root field',
      { query: 'query($a:Boolean!){entries @skip(if:$a){index} version}', variables: { a: true } },
    ],
    ['a wrong variable', { query: 'query($a:[String!]){entries(input:$a){index}}', variables: { a: [1] } }],
    ['a missing variable', { query: 'query($a:Int!){entries(case:$a){index}}' }],
    ['one operation of two', { query: 'query a{version} query b{entries{index}}', operationName: 'b' }],
    ['an operation that is not there', { query: 'query a{version} query b{entries{index}}', operationName: 'c' }],
    ['no operation of two', { query: 'query a{version} query b{entries{index}}' }],
  ])('with directives, variables and operations: %s', (_, asked: Asked) => compare(asked));

  test('a document is executed with other variables the next time', async () => {
    const document = parse('query($a:Boolean!){entries{index @skip(if:$a) error{code}}}');
    const { schema } = createFixture();
    const run = runner(schema);
    for (const a of [true, false, true]) {
      const { data } = await execute({ schema, document, variableValues: { a } });
      const result = await run({ document, variableValues: { a } });
      expect(encoded(dataOf(result))).toBe(JSON.stringify({ data }));
    }
  });
});

test('an error that is the answer to all does not wait for fields that are still under way, and they are no errors', async () => {
  const { schema } = createFixture();
  let end = (_: unknown) => {};
  const slow = new Promise((resolve) => {
    end = resolve;
  });
  setResolver(schema, 'Query', 'entries', () => slow);
  const document = parse('{entries{index} broken}');
  const expected = await execute({ schema, document });
  const result = await runner(schema)({ document });
  end([entry]);
  expect(result.data).toBeNull();
  expect(result.errors?.map(String)).toEqual(expected.errors?.map(String));
  expect(result.errors).toHaveLength(1);
});

test.each(USUAL.filter(([name]) => name !== 'nothing').map(([name]) => [name]))(
  '%s are encoded without graphql-js',
  async (name) => {
    const { execute: run } = createExecutor(createFixture().schema);
    const document = parse(`query($case:Int){entries(case:$case){${ALL}}}`);
    const variables = { case: CASES.findIndex(([other]) => other === name) };
    const result = await run({ document, variableValues: variables, contextValue: { hidesTexts: false } });
    expect(result?.data?.entries).toBeInstanceOf(EncodedValue);
  },
);

test('of an answer to thousands, other work is done between its parts', async () => {
  const { execute: run } = createExecutor(createFixture().schema);
  const variables = { case: CASES.findIndex(([name]) => name === 'thousands of entries') };
  const document = parse('query($case:Int){entries(case:$case){index}}');
  let turns = 0;
  let done = false;
  const count = () => {
    turns++;
    if (!done) setImmediate(count);
  };
  setImmediate(count);
  await run({ document, variableValues: variables, contextValue: { hidesTexts: false } });
  done = true;
  expect(turns).toBeGreaterThanOrEqual(1);
});
