import type { FieldNode, GraphQLOutputType, GraphQLResolveInfo } from 'graphql';
import { nextTurn } from '../../lib/cooperative-loop.js';
import type { DocumentTraits } from './document-traits.js';
import { EncodedValue } from './response-encoder.js';
import { compileSelection, type SelectionEncoder } from './selection-encoder.js';

/** Completes this many entries of a list in one turn of the event loop, where graphql-js completes it. */
const ENTRIES_PER_TURN = 200;

/** Keeps the encoder of a field that has one node and stands in a document without directives. */
type Encoders = WeakMap<FieldNode, SelectionEncoder>;

const encodersOf: Record<'shown' | 'hidden', Encoders> = { shown: new WeakMap(), hidden: new WeakMap() };

/**
 * Holds what the root fields of one operation answer. A field may still be under way when the error of
 * another one becomes the answer to all.
 */
export class RootFieldAnswers {
  /** Becomes true if graphql-js has to complete the answer. */
  areUnusual = false;
  readonly #byKey: Array<[key: string | number, answer: Promise<unknown>]> = [];

  readonly #encoders: Encoders;

  constructor(
    private readonly traits: DocumentTraits,
    private readonly hidesTexts: boolean,
  ) {
    this.#encoders = encodersOf[hidesTexts ? 'hidden' : 'shown'];
  }

  /** @param type null: the resolved value stays as it is */
  async add(resolve: () => Promise<unknown>, type: GraphQLOutputType | null, info: GraphQLResolveInfo): Promise<unknown> {
    const answer = resolve();
    this.#byKey.push([info.path.key, answer]);
    const value = await answer;
    if (type === null || value === null || value === undefined) return value;
    try {
      const json = this.#encoder(type, info)(value);
      return new EncodedValue(typeof json === 'string' ? json : await json);
    } catch {
      this.areUnusual = true;
      return new EncodedValue('null');
    }
  }

  #encoder(type: GraphQLOutputType, info: GraphQLResolveInfo): SelectionEncoder {
    const [node, ...others] = info.fieldNodes;
    const known = node && this.#encoders.get(node);
    if (known && others.length === 0) return known;
    const encoder = compileSelection(type, info, this.hidesTexts);
    if (node && others.length === 0 && !this.traits.hasDirectives) this.#encoders.set(node, encoder);
    return encoder;
  }

  /** Gives graphql-js the answer that the field has given before. */
  async again({ path }: GraphQLResolveInfo): Promise<unknown> {
    const answer = this.#byKey.find(([key]) => key === path.key);
    if (!answer) throw new Error('this field was not executed');
    const value = await answer[1];
    return Array.isArray(value) ? completedInTurns(value) : value;
  }
}

/** Makes graphql-js wait between the parts of a long list, which it would complete in one go. */
function completedInTurns(entries: readonly unknown[]): readonly unknown[] {
  if (entries.length <= ENTRIES_PER_TURN) return entries;
  let turn = Promise.resolve();
  return entries.map((entry, i) => {
    if (i < ENTRIES_PER_TURN) return entry;
    if (i % ENTRIES_PER_TURN === 0) turn = turn.then(() => nextTurn());
    return turn.then(() => entry);
  });
}
