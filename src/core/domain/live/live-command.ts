import type { Selection } from './field-selection.js';
import type { JsonObject } from './json.js';

/** Options of subscriptions that differ between protocols. */
export interface SubscribeManner {
  /** Matches only topics with as many segments as the pattern. */
  exact: boolean;
  /** Ignores the case of the first segment and of event types. */
  folded: boolean;
  /** Passes over topics that are subscribed to already. */
  onceEach: boolean;
}

export const PLAIN_MANNER: SubscribeManner = { exact: false, folded: false, onceEach: false };

/** Command of a client, whatever its protocol. */
export type LiveCommand =
  | {
      kind: 'subscribe';
      /** Patterns. Empty if `alert` is given. */
      topics: readonly string[];
      alert: string | null;
      /** Types of events; null for all. */
      events: readonly string[] | null;
      where: JsonObject | null;
      condition: string | null;
      fields: Selection | null;
      /** Id of the last event that the client has; undefined if it asks for no missed events. */
      after: string | undefined;
      manner: SubscribeManner;
    }
  | { kind: 'unsubscribe'; topics: readonly string[]; alert: string | null; folded: boolean }
  | { kind: 'list-topics' }
  | { kind: 'create-topic'; name: string }
  | { kind: 'destroy-topic'; name: string }
  | { kind: 'publish'; topic: string; data: JsonObject }
  /** Asks whose connection this is. */
  | { kind: 'identify' }
  /** Asks for nothing but an answer. */
  | { kind: 'ping' }
  /** Sets the selection of all subscriptions of the connection; null selects everything. */
  | { kind: 'select'; fields: Selection | null };

/** Result of a command. */
export interface LiveResult {
  /** Present if the command had `after`. */
  recovered?: boolean;
  /** Present if the command asked for topics. */
  topics?: readonly string[];
  /** Present if the command asked whose connection this is. */
  recipient?: string;
}
