import type { QueryStore } from '../../core/ports/stores/query-store.js';
import type { Clock } from '../../lib/time/clock.js';
import type { Database } from '../database/database.js';
import type { MessageStatusRules } from '../message-status.js';
import { MessageCounter } from './message-counter.js';
import { MessageQueries } from './message-queries.js';

interface QueryPortDeps {
  database: Database;
  rules: MessageStatusRules;
  clock: Clock;
}

/** Creates the part of the store that answers questions about messages. */
export function queryPort({ database, rules, clock }: QueryPortDeps) {
  const queries = new MessageQueries(database, rules, clock);
  const counter = new MessageCounter(database, rules, clock);
  return {
    findMessage: (...args) => queries.findMessage(...args),
    listMessages: (...args) => queries.listMessages(...args),
    listGlobalMessages: (...args) => queries.listGlobalMessages(...args),
    countMessages: (...args) => counter.count(...args),
    countGlobalRows: (...args) => counter.countGlobals(...args),
  } satisfies QueryStore;
}
