import type { GraphQLOutputType, GraphQLResolveInfo } from 'graphql';
import { LIMITS } from '../../core/domain/limits.js';
import type { OperationType } from '../../core/domain/scope.js';
import { itemsOfPage } from '../../core/validation/page-limit.js';
import type { Foreseen } from './answer-budget.js';
import type { RootResolver } from './scope-guard.js';

interface PushInput {
  recipients: readonly string[];
  message: string;
  topic?: string | null;
}

const ID = 'i'.repeat(36);
/** Stands for texts of the service's own, such as those of errors. */
const WORDS = 'w'.repeat(128);

/** Stands for texts that were stored before: conditions and patterns. */
const LONG_WORDS = 'w'.repeat(1024);

const messageLike = ({ message, topic }: Omit<PushInput, 'recipients'>, recipient: string) => ({
  id: ID,
  recipient,
  message,
  topic: topic ?? null,
  globalMessageId: ID,
});

/** Foresees answers whose size the input decides. */
const FORESEEN: Record<string, (input: never) => Foreseen> = {
  pushMessage: ({ recipients, ...push }: PushInput) => {
    const chars = recipients.reduce((sum, name) => sum + Buffer.byteLength(name), 0);
    const name = 'r'.repeat(Math.ceil(chars / Math.max(1, recipients.length)));
    return {
      answer: [{ item: messageLike(push, name), error: { code: WORDS, message: WORDS } }],
      entries: recipients.length,
    };
  },
  pushGlobalMessage: (push: PushInput) => ({ answer: messageLike(push, ''), entries: 1 }),
  publishEvents: ({ events }: { events: readonly unknown[] }) => ({
    answer: [{ id: ID, error: { code: WORDS, message: WORDS } }],
    entries: events.length,
  }),
  registerRecipient: () => ({
    answer: { token: 't'.repeat(LIMITS.tokenBytes), connectionUri: 'u'.repeat(LIMITS.tokenBytes + WORDS.length) },
    entries: 1,
  }),
  createAlertRule: (input: object) => ({ answer: input, entries: 1 }),
  deleteAlertRule: () => ({ answer: { code: WORDS, topic: LONG_WORDS, condition: LONG_WORDS }, entries: 1 }),
  destroyTopic: (input: object) => ({ answer: input, entries: 1 }),
  createTopic: (input: object) => ({ answer: input, entries: 1 }),
  setEventRule: (input: object) => ({ answer: input, entries: 1 }),
  createApiKey: (input: object) => ({ answer: { apiKey: input, secret: WORDS }, entries: 1 }),
  revokeApiKey: () => ({ answer: { scope: 's'.repeat(LIMITS.scopeBytes), name: WORDS }, entries: 1 }),
};

/** Answers page by page, which end where the answer is full. */
const PAGES: ReadonlySet<string> = new Set(['messages', 'globalMessages', 'auditLog', 'statusEvents']);

/**
 * Bounds the bytes that a root field adds to the answer: of a mutation before it takes place, of a query once
 * it is known, before it is encoded. Pages see to it themselves.
 */
export function boundAnswer(
  operation: OperationType,
  name: string,
  type: GraphQLOutputType,
  resolve: RootResolver,
): RootResolver {
  if (PAGES.has(name)) return operation === 'query' ? withRoom(resolve) : resolve;
  if (operation === 'mutation') {
    const foresee = FORESEEN[name] ?? (() => ({ answer: {}, entries: 1 }));
    return (root, args, context, info) => {
      const input = (args as { input: never }).input;
      context.answer.takeEntries(type, info, () => foresee(input));
      return resolve(root, args, context, info);
    };
  }
  return async (root, args, context, info) => {
    context.answer.check();
    const value = await resolve(root, args, context, info);
    context.answer.take(type, info, value);
    return value;
  };
}

/** Returns the items of all pages of a request, were they as long as this one. */
function itemsAskedFor({ limit }: { limit?: unknown }, { operation }: GraphQLResolveInfo): number {
  return Math.max(1, itemsOfPage(limit)) * operation.selectionSet.selections.length;
}

/** Reads a page once there is room for it. */
const withRoom =
  (resolve: RootResolver): RootResolver =>
  async (root, args, context, info) => {
    await context.place.enter(itemsAskedFor(args, info));
    return resolve(root, args, context, info);
  };
