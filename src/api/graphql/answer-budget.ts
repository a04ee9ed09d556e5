import type { GraphQLObjectType, GraphQLOutputType, GraphQLResolveInfo } from 'graphql';
import { badInput } from '../../core/domain/errors.js';
import { LIMITS } from '../../core/domain/limits.js';
import type { Fits } from '../../core/use-cases/messages.js';
import { type AnswerSize, answerSize } from '../execution/answer-size.js';

/** Allows for what stands around the texts of a page: keys, ids, times. */
const AROUND_TEXTS_BYTES = 1024 * 1024;
/** Bounds the answer to a query, in bytes. */
const QUERY_BYTES = LIMITS.pageTextBytes + AROUND_TEXTS_BYTES;
/** Bounds the answer to a mutation, in bytes: the largest push answers with its text for each recipient. */
const MUTATION_BYTES = LIMITS.pushBytes + LIMITS.pageTextBytes;

/** Bounds one event of a subscription, in bytes: the longest text, with room for what JSON escapes in it. */
const EVENT_BYTES = 1024 * 1024;

const BYTES = { query: QUERY_BYTES, mutation: MUTATION_BYTES, subscription: EVENT_BYTES };

/** Names the types of pages: the executor's own schema does not tell them. */
const PAGE_TYPES: Record<string, string> = {
  messages: 'MessagesQueryResult',
  globalMessages: 'GlobalMessagesQueryResult',
  auditLog: 'AuditLogResult',
  statusEvents: 'StatusEventsResult',
};

/** Describes an answer that is still to come. */
export interface Foreseen {
  /** Looks like an answer with one entry. */
  answer: unknown;
  entries: number;
}

const tooLong = (bytes: number) =>
  badInput('query', `the answer would be longer than ${bytes} bytes: select fewer fields, and each of them once`);

/** Bounds the bytes of an answer. The root fields of a request share them. */
export class AnswerBudget {
  #whole: number | null = null;
  #left = 0;
  #isExceeded = false;

  /**
   * Refuses what is still to be read once a field before did not fit: its answer would be read in vain.
   * @throws TidingsError BAD_USER_INPUT
   */
  check(): void {
    if (this.#isExceeded) throw tooLong(this.#whole ?? 0);
  }

  /** Counts an answer that is known. @throws TidingsError BAD_USER_INPUT if it does not fit */
  take(type: GraphQLOutputType, info: GraphQLResolveInfo, value: unknown): void {
    const size = this.#begin(type, info);
    if (size !== null) this.#spend(size.of(value));
  }

  /**
   * Counts the answer to a mutation before it takes place.
   * @throws TidingsError BAD_USER_INPUT if it does not fit
   */
  takeEntries(type: GraphQLOutputType, info: GraphQLResolveInfo, foresee: () => Foreseen): void {
    const size = this.#begin(type, info);
    if (size === null) return;
    const { answer, entries } = foresee();
    const isOnly = this.#left === this.#whole && size.isOrdinary;
    const bytes = entries * size.of(answer);
    this.#spend(isOnly ? Math.min(bytes, this.#left) : bytes);
  }

  /** Returns a function that counts the items of a page, as long as they fit, and says how many do. */
  page(info: GraphQLResolveInfo): Fits {
    const type = info.schema.getType(PAGE_TYPES[info.fieldName] ?? '') as GraphQLObjectType;
    const fits = (items: readonly unknown[]) => {
      const size = this.#begin(type, info);
      if (size === null) return items.length;
      const isFirst = this.#left === this.#whole;
      let count = 0;
      for (const item of items) {
        const bytes = size.ofItem(item);
        if (bytes > this.#left) break;
        this.#left -= bytes;
        count++;
      }
      if (count === 0 && items.length > 0 && isFirst) throw tooLong(this.#left);
      return count;
    };
    return Object.assign(fits, { textBytes: this.#textBytes(type, info) });
  }

  /** Returns the room for texts where each stands several times in the answer. */
  #textBytes(type: GraphQLObjectType, info: GraphQLResolveInfo): number | undefined {
    const size = this.#begin(type, info);
    if (size === null) return undefined;
    const copies = size.ofItem({ message: 'x' }) - size.ofItem({ message: '' });
    return copies > 1 ? Math.floor(this.#left / copies) : undefined;
  }

  /** Returns null for the only root field of a request if its selection is ordinary. */
  #begin(type: GraphQLOutputType, info: GraphQLResolveInfo): AnswerSize | null {
    const size = answerSize(type, info);
    const { operation } = info;
    if (this.#whole === null) {
      this.#whole = BYTES[operation.operation];
      this.#left = this.#whole;
    }
    const { selections } = operation.selectionSet;
    return size.isOrdinary && selections.length === 1 && selections[0]?.kind === 'Field' ? null : size;
  }

  #spend(bytes: number): void {
    if (bytes > this.#left) {
      this.#isExceeded = true;
      throw tooLong(this.#whole ?? 0);
    }
    this.#left -= bytes;
  }
}
