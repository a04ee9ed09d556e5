import type { Connection } from './connection.js';
import type { Outgoing } from './encode.js';
import type { Globals } from './globals.js';
import type { PeerContext } from './peer.js';
import type { Receipts } from './receipts.js';
import type { Sender } from './sender.js';
import type { Unconfirmed, WindowLimits } from './window.js';

/** What every connection of a recipient shares with the others of the node. */
export interface ConnectionContext extends PeerContext {
  limits: WindowLimits;
  unconfirmed: Unconfirmed;
  receipts: Receipts;
  globals: Globals;
  /** It is neither recalled nor expired. */
  isDue(item: Outgoing): boolean;
  /** The number under which a global message was broadcast here, if that was not long ago. */
  broadcastNumber(globalMessageId: string): number | undefined;
  /** How long an id is remembered on a connection after its receipt, at least. */
  rememberMs: number;
  /** False while receipts or sweeps are late, so that what was sent may still look pending. */
  mayForget(): boolean;
  /** Offers it the broadcasts that it has not been offered yet. */
  catchUp(connection: Connection): void;
  /** Starts a pass through what is pending for the connection. */
  drain(connection: Connection): void;
  /** Sees to it that the connection is flushed at the end of this turn of the event loop. */
  flushSoon(sender: Sender): void;
  /** A message was sent whose frame another connection had got before. */
  isSentAgain(id: string): boolean;
}
