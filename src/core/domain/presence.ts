import type { ClientFacts, ConnectionProtocol } from './activity.js';

/** A connection that a node holds, as it tells of it. Times are milliseconds by the database's clock. */
export interface HeldConnection extends ClientFacts {
  readonly id: string;
  readonly since: number;
  readonly topic: string | null;
  readonly protocol: ConnectionProtocol;
  readonly node: string;
  /** Number of messages that were sent on it and have no receipt. */
  readonly unconfirmed: number;
  /** Whether it has no room for what waits. */
  readonly behind: boolean;
  /** Whether its node sends nothing new until the database has taken receipts. */
  readonly waits: boolean;
  /**
   * When messages were written on it that it has not confirmed, by their ids: of those that were asked for.
   */
  readonly owes: Readonly<Record<string, number>>;
}

/** Asks the nodes that hold a recipient's connections. */
export interface PresenceQuestion {
  /** Ids under which clients get the messages that are asked for. */
  readonly messages: readonly string[];
}

/** What one node answers. */
export interface PresenceAnswer {
  readonly connections: readonly HeldConnection[];
}

/** Lists this many connections of a recipient, at most. */
export const LISTED_CONNECTIONS = 100;
