import {
  type FieldNode,
  type GraphQLField,
  type GraphQLLeafType,
  type GraphQLNullableType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
// The package's index does not list it; nothing else says which fields a selection has, to the letter.
// See docs/design/executor.md.
import { collectSubfields } from 'graphql/execution/collectFields.js';
import { nextTurn } from '../../lib/cooperative-loop.js';
import { isRecord } from '../../lib/is-record.js';
import { JsonPieces } from '../../lib/json/json-pieces.js';
import { hiddenText, textMarkOf } from './hidden-texts.js';

type Field = GraphQLField<unknown, unknown>;

/** Encodes the selected part of a value as JSON. */
interface Encode {
  (value: unknown): string;
  /** Fields of an object of which one is selected twice: it may be long, and is added to an answer field by field. */
  fields?: readonly SelectedField[];
}

export type SelectionEncoder = (value: unknown) => string | Promise<string | JsonPieces>;

/** Encodes longer lists in parts of this many entries, one part per turn of the event loop. */
const ENTRIES_PER_PART = 1_000;
/** Ends a part with this many characters. */
const CHARS_PER_PART = 256 * 1024;
/** Encodes pages of at most this many items at once. */
const SHORT_PAGE = 16;

/** Where a selection is compiled, and for whom. */
interface Compiling {
  info: GraphQLResolveInfo;
  hidesTexts: boolean;
}

/**
 * Compiles the selection of a root field into an encoder, which completes and encodes a value. An encoder
 * throws for everything but plain values, and for what ends in an error; graphql-js completes those answers.
 * See docs/design/executor.md.
 *
 * @param info of the root field; with directives, the encoder is good for the variables of this call only
 * @param hidesTexts encodes texts that are marked by `markText` as their length
 */
export function compileSelection(type: GraphQLOutputType, info: GraphQLResolveInfo, hidesTexts: boolean): SelectionEncoder {
  const compiling = { info, hidesTexts };
  const whole = compile(type, info.fieldNodes, compiling);
  const nullable = isNonNullType(type) ? type.ofType : type;
  if (isObjectType(nullable)) return compilePage(nullable, whole, compiling);
  if (!isListType(nullable)) return whole;
  const entry = compile(nullable.ofType, info.fieldNodes, compiling);
  return (value) => (Array.isArray(value) && value.length > ENTRIES_PER_PART ? encodeLong(value, entry) : whole(value));
}

/** Encodes the lists of a page in parts, unless they are short. */
function compilePage(type: GraphQLObjectType, whole: Encode, compiling: Compiling): SelectionEncoder {
  const selected = selectFields(type, compiling.info.fieldNodes, compiling);
  const lists = selected.filter(({ entry }) => entry !== null);
  const isLong = (value: unknown, entry: Encode | null) =>
    Array.isArray(value) && (value.length > SHORT_PAGE || entry?.fields !== undefined);
  const inPieces = (value: Record<string, unknown>) =>
    whole.fields !== undefined || lists.some(({ name, entry }) => isLong(value[name], entry));
  if (lists.length === 0 && !whole.fields) return whole;
  return (value) => (isRecord(value) && inPieces(value) ? encodePage(value, selected) : whole(value));
}

async function encodePage(page: Record<string, unknown>, selected: readonly SelectedField[]): Promise<string | JsonPieces> {
  const json = new JsonPieces();
  json.add('{');
  for (const { head, name, encode, entry } of selected) {
    const value = encode === null ? null : plain(page[name]);
    json.add(head);
    if (entry !== null && Array.isArray(value)) await encodeLongList(value, entry, json);
    else if (encode !== null) json.add(encode(value));
  }
  json.add('}');
  return json.end();
}

async function encodeLong(list: readonly unknown[], entry: Encode): Promise<string | JsonPieces> {
  const json = new JsonPieces();
  await encodeLongList(list, entry, json);
  return json.end();
}

function compile(type: GraphQLOutputType, nodes: readonly FieldNode[], compiling: Compiling): Encode {
  const nullable = isNonNullType(type) ? type.ofType : type;
  const encode = compilePresent(nullable, nodes, compiling);
  const encodeNullable: Encode = (value) => (value === null || value === undefined ? 'null' : encode(value));
  const encodePresent: Encode = (value) => {
    if (value === null || value === undefined) throw new Error('null where there is none');
    return encode(value);
  };
  const whole = nullable === type ? encodeNullable : encodePresent;
  return encode.fields ? Object.assign(whole, { fields: encode.fields }) : whole;
}

function compilePresent(
  type: GraphQLNullableType & GraphQLOutputType,
  nodes: readonly FieldNode[],
  compiling: Compiling,
): Encode {
  if (isLeafType(type)) return compileLeaf(type);
  if (isListType(type)) {
    const entry = compile(type.ofType, nodes, compiling);
    return (value) => {
      if (!Array.isArray(value)) throw new Error('no array');
      return `[${encodeEntries(value, entry)}]`;
    };
  }
  if (isObjectType(type)) return compileObject(type, nodes, compiling);
  throw new Error(`a value of type ${type}`);
}

interface SelectedField {
  /**
   * Text before the value: a comma, unless the field is the first, and the key. For `__typename`, and for
   * what
   * tells whether texts are hidden, the value as well.
   */
  head: string;
  name: string;
  encode: Encode | null;
  /** Encodes one entry of a list; null for a field that is none. */
  entry: Encode | null;
  isLeaf: boolean;
}

// Encoders are kept, so their closures must not hold `info`, which has the variables of a call.
function selectFields(type: GraphQLObjectType, nodes: readonly FieldNode[], compiling: Compiling): SelectedField[] {
  const { info, hidesTexts } = compiling;
  const fields = type.getFields();
  const selected: SelectedField[] = [];
  for (const [key, fieldNodes] of collectSubfields(info.schema, info.fragments, info.variableValues, type, nodes)) {
    const head = `${selected.length === 0 ? '' : ','}${JSON.stringify(key)}:`;
    const name = fieldNodes[0]?.name.value ?? '';
    if (name === '__typename') {
      selected.push({ head: head + JSON.stringify(type.name), name, encode: null, entry: null, isLeaf: true });
      continue;
    }
    const field = fields[name];
    if (!field) throw new Error(`no field ${name}`);
    if (textMarkOf(field) === 'isHidden')
      selected.push({ head: head + hidesTexts, name, encode: null, entry: null, isLeaf: true });
    else selected.push({ head, name, ...compileField(field, fieldNodes, compiling) });
  }
  return selected;
}

function compileField(field: Field, nodes: readonly FieldNode[], compiling: Compiling): Omit<SelectedField, 'head' | 'name'> {
  const isText = textMarkOf(field) === 'text';
  if (field.resolve && !isText) throw new Error(`field ${field.name} is resolved by itself`);
  const nullable = isNonNullType(field.type) ? field.type.ofType : field.type;
  const encode = compile(field.type, nodes, compiling);
  return {
    encode: isText && compiling.hidesTexts ? (text) => encode(hiddenText(text)) : encode,
    entry: isListType(nullable) ? compile(nullable.ofType, nodes, compiling) : null,
    isLeaf: isLeafType(nullable),
  };
}

function compileObject(type: GraphQLObjectType, nodes: readonly FieldNode[], compiling: Compiling): Encode {
  if (type.isTypeOf) throw new Error(`values of ${type} are told by their type`);
  const selected = selectFields(type, nodes, compiling);
  const isRepeated = new Set(selected.map(({ name }) => name)).size < selected.length;
  if (isRepeated) return compileRepeated(selected);
  return (value) => {
    if (!isRecord(value)) throw new Error('no object');
    let json = '{';
    for (const { head, name, encode } of selected) json += encode === null ? head : head + encode(plain(value[name]));
    return `${json}}`;
  };
}

function compileRepeated(fields: readonly SelectedField[]): Encode {
  const encode = (value: unknown) => {
    if (!isRecord(value)) throw new Error('no object');
    return `{${[...encodeFields(value, fields)].join('')}}`;
  };
  return Object.assign(encode, { fields });
}

/** Encodes the fields of an object one by one; a leaf that is selected several times is encoded once. */
function* encodeFields(value: Record<string, unknown>, fields: readonly SelectedField[]): Generator<string> {
  const leaves = new Map<string, string>();
  for (const { head, name, encode, isLeaf } of fields) {
    if (encode === null) {
      yield head;
      continue;
    }
    const json = leaves.get(name) ?? encode(plain(value[name]));
    if (isLeaf) leaves.set(name, json);
    yield head + json;
  }
}

/** Throws for values that graphql-js would call, wait for or throw. */
function plain(value: unknown): unknown {
  if (typeof value === 'function' || value instanceof Error || (isRecord(value) && typeof value.then === 'function')) {
    throw new Error('a value that is still to come');
  }
  return value;
}

function compileLeaf(type: GraphQLLeafType): Encode {
  // All messages of a push share one Date object.
  let formerDate: Date | null = null;
  let formerJson = '';
  return (value) => {
    if (value === formerDate) return formerJson;
    const json = encodeScalar(type.serialize(value));
    if (value instanceof Date) {
      formerDate = value;
      formerJson = json;
    }
    return json;
  };
}

/** Longest text, in characters, that is encoded faster without JSON.stringify. */
const SHORT_TEXT = 64;
/** Matches printable ASCII without quotation mark and backslash, which needs no escaping. */
const PLAIN_TEXT = /^[ !#-[\]-~]*$/;

function encodeScalar(value: unknown): string {
  if (typeof value === 'string' && value.length <= SHORT_TEXT && PLAIN_TEXT.test(value)) return `"${value}"`;
  const json: string | undefined = value === null ? undefined : JSON.stringify(value);
  if (json === undefined) throw new Error('a leaf without a value');
  return json;
}

const encodeEntries = (list: readonly unknown[], entry: Encode): string => {
  let json = '';
  for (let i = 0; i < list.length; i++) json += (i === 0 ? '' : ',') + entry(plain(list[i]));
  return json;
};

/**
 * Encodes a list in parts, one part per turn of the event loop. A part ends with its entries, or with its
 * characters: texts may be long.
 */
async function encodeLongList(list: readonly unknown[], entry: Encode, json: JsonPieces): Promise<void> {
  json.add('[');
  let entries = 0;
  let chars = 0;
  for (let i = 0; i < list.length; i++) {
    if (entries === ENTRIES_PER_PART || chars >= CHARS_PER_PART) {
      await nextTurn();
      entries = 0;
      chars = 0;
    }
    if (i > 0) json.add(',');
    chars += addEntry(plain(list[i]), entry, json);
    entries++;
  }
  json.add(']');
}

/** Adds an entry and returns its characters. */
function addEntry(value: unknown, entry: Encode, json: JsonPieces): number {
  let chars = 0;
  const add = (text: string) => {
    json.add(text);
    chars += text.length;
  };
  if (entry.fields && isRecord(value)) {
    add('{');
    for (const field of encodeFields(value, entry.fields)) add(field);
    add('}');
  } else add(entry(value));
  return chars;
}
