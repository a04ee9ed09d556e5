import type { ReceiptKind } from '../../core/domain/message.js';
import type { OutgoingMessage } from '../../core/domain/outgoing-message.js';
import type { Metrics } from '../../core/ports/metrics.js';
import type { RecipientClaims } from '../../core/ports/recipient-tokens.js';
import type { Clock } from '../../lib/time/clock.js';
import type { Timers } from '../../lib/time/timers.js';
import type { GlobalRowRecorder, Rows } from './global-row-recorder.js';
import type { ReceiptRecorder } from './receipt-recorder.js';

interface DeliveryRecorderDeps {
  receipts: ReceiptRecorder;
  globals: GlobalRowRecorder;
  /** Estimates the database's clock. */
  clock: Clock;
  timers: Pick<Timers, 'now'>;
  metrics: Pick<Metrics, 'receiptSeconds'>;
}

/**
 * Names a message that was sent: by its own id, and by that of its row, null for a global message whose row
 * this node makes.
 */
interface Sent {
  readonly id: string;
  readonly rowId: string | null;
  /** When its frame was written, by the node's clock. */
  readonly at: number;
}

/** The connection that a receipt came from. */
interface ReceiptSource {
  readonly id: string;
  readonly claims: RecipientClaims;
}

/**
 * Records what connections have sent and what clients have confirmed, by receipts or by rows of global
 * messages.
 */
export class DeliveryRecorder {
  constructor(private readonly deps: DeliveryRecorderDeps) {}

  /**
   * Whether the database does not keep up with receipts: nothing is to be sent that would bring more of them.
   */
  get crowded(): boolean {
    return this.deps.receipts.crowded;
  }

  /** Whether the last write failed because the database is away. */
  get failing(): boolean {
    return this.deps.receipts.failing || this.deps.globals.failing;
  }

  /** A frame of a global message was written to the recipient. */
  sent(globalMessageId: string, claims: RecipientClaims): void {
    this.deps.globals.sent(globalMessageId, claims);
  }

  /** The frames of a batch of global messages were written to the recipient. */
  sentBatch(rows: Rows): void {
    this.deps.globals.sentBatch(rows);
  }

  /** A receipt came in. @param from connection that it came from */
  confirmed({ id, rowId, at }: Sent, from: ReceiptSource, kind: ReceiptKind): void {
    const { id: connectionId, claims } = from;
    const { receipts, globals, clock, timers, metrics } = this.deps;
    metrics.receiptSeconds.observe((timers.now() - at) / 1000);
    if (rowId === null) globals.confirmed(id, from, kind, clock.now());
    else receipts.add({ tenantId: claims.tenantId, rowId, kind, at: clock.now(), connectionId });
  }

  /** A receipt came in for a batch. @param sent what `sentBatch` was given */
  confirmedBatch(sent: Rows, from: ReceiptSource, kind: ReceiptKind, now: number): void {
    const { globals, clock, metrics } = this.deps;
    metrics.receiptSeconds.observe((now - sent.since) / 1000);
    globals.confirmedBatch(sent, from.id, kind, clock.now());
  }

  /** From here on receipts come in for single messages of a batch. @param sent what `sentBatch` was given */
  part(sent: Rows): void {
    this.deps.globals.part(sent);
  }

  /**
   * Whether a receipt came in on this node that may not be written yet, so that a page of pending messages
   * knows nothing of it.
   */
  isConfirmed({ id, globalMessageId }: OutgoingMessage, rowId: string | null, { recipient }: RecipientClaims): boolean {
    const { receipts, globals } = this.deps;
    if (rowId !== null && receipts.has(rowId)) return true;
    return globalMessageId !== null && globals.isConfirmed(id, recipient);
  }

  /**
   * A global message could not be written to the recipient now. Resolves once its row is there, so that a
   * drain finds it.
   */
  owed(globalMessageId: string, claims: RecipientClaims): Promise<void> {
    return this.deps.globals.owed(globalMessageId, claims);
  }

  /** Resolves once receipts and rows so far are in the database. */
  async flushed(): Promise<void> {
    await Promise.all([this.deps.receipts.flushed(), this.deps.globals.flushed()]);
  }
}
