import type { AdmittedSocketContext } from './connection/admitted-socket.js';
import type { Connection } from './connection/connection.js';
import type { InFlightLimits, Unconfirmed } from './connection/in-flight-window.js';
import type { MessageSender } from './connection/message-sender.js';
import type { Outgoing } from './outbound/frame-encoder.js';
import type { GlobalRowRecorder } from './recording/global-row-recorder.js';
import type { ReceiptRecorder } from './recording/receipt-recorder.js';

/** What every connection of a recipient shares with the others of the node. */
export interface ConnectionContext extends AdmittedSocketContext {
  limits: InFlightLimits;
  unconfirmed: Unconfirmed;
  receipts: ReceiptRecorder;
  globals: GlobalRowRecorder;
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
  flushSoon(sender: MessageSender): void;
  /** A message was sent whose frame another connection had got before. */
  isSentAgain(id: string): boolean;
}
