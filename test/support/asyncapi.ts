import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';
import { read } from './documents.js';

interface Described {
  payload: { properties?: { type: { const: string } } };
  examples: Array<{ payload: unknown }>;
}

/** Reads `protocol/asyncapi.yaml`: the wire, as it is described to programs. */
export const wire = parse(read('protocol/asyncapi.yaml')) as {
  info: { version: string };
  operations: Record<string, { action: 'send' | 'receive'; messages: Reference[]; reply?: { messages: Reference[] } }>;
  components: { messages: Record<string, Described> };
};

interface Reference {
  $ref: string;
}

const ajv = addFormats.default(new Ajv({ strict: false })).addSchema(wire, 'wire');

const nameOf = ({ $ref }: Reference) => $ref.split('/').at(-1) ?? '';

/** Names what a node sends, or what it receives. */
export const namesOf = (action: 'send' | 'receive'): string[] =>
  Object.values(wire.operations)
    .flatMap((operation) => [
      ...(operation.action === action ? operation.messages : []),
      ...(action === 'send' ? (operation.reply?.messages ?? []) : []),
    ])
    .map(nameOf);

/** Judges a frame by what is described of its type. */
export const schemaOf = (name: string): ValidateFunction => ajv.compile({ $ref: `wire#/components/messages/${name}/payload` });

const sent = new Map(
  namesOf('send').flatMap((name) => {
    const type = wire.components.messages[name]?.payload.properties?.type.const;
    return type === undefined ? [] : [[type, schemaOf(name)]];
  }),
);

/** Says what is not as described in a frame that a node has sent; null if nothing. */
export function faultOf(frame: Record<string, unknown>): string | null {
  const schema = sent.get(String(frame.type));
  if (schema === undefined) return `${frame.type} is not described`;
  return schema(frame) ? null : `${JSON.stringify(frame)}: ${ajv.errorsText(schema.errors)}`;
}
