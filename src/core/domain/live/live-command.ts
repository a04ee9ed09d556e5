import type { Selection } from './field-selection.js';
import type { JsonObject } from './json.js';

/** How a client's subscription differs from that of another protocol. */
export interface SubscribeManner {
  /** Only topics of as many segments match. */
  exact: boolean;
  /** The first segment, and types of events, are the same in any case. */
  folded: boolean;
  /** A topic that is subscribed to already is passed over. */
  onceEach: boolean;
}

export const PLAIN_MANNER: SubscribeManner = { exact: false, folded: false, onceEach: false };

/** What a client may ask for, whatever its protocol. */
export type LiveCommand =
  | {
      kind: 'subscribe';
      /** Patterns; empty if `alert` is given. */
      topics: readonly string[];
      alert: string | null;
      /** Types; null for all. */
      events: readonly string[] | null;
      where: JsonObject | null;
      condition: string | null;
      fields: Selection | null;
      /** Id of the last event that the client has; undefined if it does not ask for what it missed. */
      after: string | undefined;
      manner: SubscribeManner;
    }
  | { kind: 'unsubscribe'; topics: readonly string[]; alert: string | null; folded: boolean }
  | { kind: 'list-topics' }
  | { kind: 'create-topic'; name: string }
  | { kind: 'destroy-topic'; name: string }
  | { kind: 'publish'; topic: string; data: JsonObject }
  /** What all subscriptions of the connection select from now on; null for everything. */
  | { kind: 'select'; fields: Selection | null };

/** What a command gave. */
export interface LiveResult {
  /** Where `after` was given. */
  recovered?: boolean;
  /** Where topics were asked for. */
  topics?: readonly string[];
}
