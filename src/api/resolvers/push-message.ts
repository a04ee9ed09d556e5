import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PushEntry } from '../../core/message-store.js';
import type { MutationResolvers } from '../generated/types.js';

/** Of an answer to thousands of recipients, how many entries are completed in one turn of the event loop. */
const ENTRIES_PER_TURN = 200;

export const pushMessage: NonNullable<MutationResolvers['pushMessage']> = async (_root, { input }, { principal, useCases }) =>
  completedInTurns(await useCases.pushMessage(principal.tenantId, input));

/** graphql-js completes a list in one go; what it has to wait for lets others have their turns. */
function completedInTurns(entries: readonly PushEntry[]): Array<PushEntry | Promise<PushEntry>> {
  if (entries.length <= ENTRIES_PER_TURN) return [...entries];
  let turn = Promise.resolve();
  return entries.map((entry, i) => {
    if (i < ENTRIES_PER_TURN) return entry;
    if (i % ENTRIES_PER_TURN === 0) turn = turn.then(() => nextTurn());
    return turn.then(() => entry);
  });
}
