import {
  type FieldNode,
  GraphQLError,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
} from 'graphql';
import { collectSubfields } from 'graphql/execution/collectFields.js';
import { isRecord } from '../../lib/is-record.js';
import { type DocumentTraits, documentTraits } from './document-traits.js';

/** Returns about how many bytes a value takes in the answer. */
type SizeOf = (value: unknown) => number;

/** Tells what the selection of a root field makes of a value. */
export interface AnswerSize {
  of: SizeOf;
  /** Measures one entry of `items`, which may be selected several times. */
  ofItem: SizeOf;
  /** Is false where a field is selected twice under one parent, or where keys are long. */
  isOrdinary: boolean;
}

/** Bytes of a value that is no text: a number, a time, a word of an enumeration. */
const LEAF_BYTES = 26;
/** Bytes of keys in one entry that are longer than those of the schema's fields together. */
const LONG_KEYS_BYTES = 512;

interface Measured {
  name: string;
  /** Bytes of all keys under which it is selected. */
  keys: number;
  /** Times that its value stands in the answer. */
  copies: number;
  sizes: SizeOf[];
}

interface Findings {
  keys: number;
  repeats: boolean;
}

/** Keeps the sizes of fields that have one node and stand in a document without directives. */
const known = new WeakMap<FieldNode, AnswerSize>();
const traitsOf = new WeakMap<OperationDefinitionNode, DocumentTraits>();

/** Compiles the selection of a root field into a measure of its answer. */
export function answerSize(type: GraphQLOutputType, info: GraphQLResolveInfo): AnswerSize {
  const [node, ...others] = info.fieldNodes;
  const found = node && others.length === 0 ? known.get(node) : undefined;
  if (found) return found;
  const size = compiled(type, info);
  if (size === null) return NOTHING;
  if (node && others.length === 0 && !hasDirectives(info)) known.set(node, size);
  return size;
}

/** Measures a selection that has no answer: a directive in it was given null. */
const NOTHING: AnswerSize = { of: () => 0, ofItem: () => 0, isOrdinary: true };

/** Returns null for a selection that graphql-js refuses when it executes it, and tells the caller why. */
function compiled(type: GraphQLOutputType, info: GraphQLResolveInfo): AnswerSize | null {
  const findings: Findings = { keys: 0, repeats: false };
  try {
    const of = compile(type, info.fieldNodes, info, findings);
    return { of, ofItem: compileItem(type, info), isOrdinary: !findings.repeats && findings.keys <= LONG_KEYS_BYTES };
  } catch (error) {
    if (error instanceof GraphQLError) return null;
    throw error;
  }
}

function hasDirectives({ operation, fragments }: GraphQLResolveInfo): boolean {
  let traits = traitsOf.get(operation);
  if (!traits) {
    traits = documentTraits({ kind: Kind.DOCUMENT, definitions: [operation, ...Object.values(fragments)] });
    traitsOf.set(operation, traits);
  }
  return traits.hasDirectives;
}

function compile(type: GraphQLOutputType, nodes: readonly FieldNode[], info: GraphQLResolveInfo, findings: Findings): SizeOf {
  const nullable = isNonNullType(type) ? type.ofType : type;
  if (isListType(nullable)) {
    const entry = compile(nullable.ofType, nodes, info, findings);
    return (value) => (Array.isArray(value) ? value.reduce((sum: number, one) => sum + 1 + entry(one), 2) : LEAF_BYTES);
  }
  if (!isObjectType(nullable)) return (value) => (typeof value === 'string' ? Buffer.byteLength(value) + 2 : LEAF_BYTES);
  const measured = [...measure(nullable, nodes, info, findings).values()];
  return (value) => {
    if (!isRecord(value)) return LEAF_BYTES;
    let bytes = 2;
    for (const { name, keys, copies, sizes } of measured) {
      bytes += keys;
      for (const size of sizes) bytes += copies * size(value[name]);
    }
    return bytes;
  };
}

function measure(
  type: GraphQLOutputType,
  nodes: readonly FieldNode[],
  info: GraphQLResolveInfo,
  findings: Findings,
): Map<string, Measured> {
  const measured = new Map<string, Measured>();
  if (!isObjectType(type)) return measured;
  const fields = type.getFields();
  for (const [key, fieldNodes] of collectSubfields(info.schema, info.fragments, info.variableValues, type, nodes)) {
    const name = fieldNodes[0]?.name.value ?? '';
    const one = measured.get(name) ?? { name, keys: 0, copies: 1, sizes: [] };
    if (measured.has(name)) findings.repeats = true;
    measured.set(name, one);
    const keyBytes = Buffer.byteLength(key) + 4;
    one.keys += keyBytes;
    findings.keys += keyBytes;
    const field = fields[name];
    const isLeaf = fieldNodes[0]?.selectionSet === undefined;
    // The same leaf costs its bytes again, and is measured once.
    if (isLeaf && one.sizes.length > 0) one.copies++;
    else one.sizes.push(field ? compile(field.type, fieldNodes, info, findings) : () => LEAF_BYTES);
  }
  return measured;
}

/** Measures one entry of a page, for all times that `items` is selected. */
function compileItem(type: GraphQLOutputType, info: GraphQLResolveInfo): SizeOf {
  const nullable = isNonNullType(type) ? type.ofType : type;
  const items = isObjectType(nullable) ? nullable.getFields().items : undefined;
  if (!items || !isObjectType(nullable)) return () => 0;
  const { sizes } = measure(nullable, info.fieldNodes, info, { keys: 0, repeats: false }).get('items') ?? { sizes: [] };
  return (item) => {
    const page = [item];
    return sizes.reduce((sum, size) => sum + size(page), 0);
  };
}
