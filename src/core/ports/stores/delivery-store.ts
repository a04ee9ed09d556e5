import type { ReceiptKind } from '../../domain/message.js';
import type { OutgoingMessage } from '../../domain/outgoing-message.js';

/** What decides whether a recipient's token is still good. */
export interface Standing {
  tenantActive: boolean;
  /** Tokens that carry a smaller number are dead. */
  revocation: number;
}

export interface PendingRequest {
  tenantId: string;
  recipient: string;
  /** Label of the connection: messages with another topic are not for it. */
  topic: string | null;
  /** Only rows with a greater id; null from the first. */
  after: string | null;
  limit: number;
  maxBytes: number;
}

/** A pending row, oldest first. `rowId` is where to go on after; for a row of a global `message.id` is the global's. */
export interface PendingMessage {
  rowId: string;
  message: OutgoingMessage;
}

export interface PendingPage {
  messages: PendingMessage[];
  /** False once everything that was pending when the page was read has been returned. */
  more: boolean;
}

export interface Receipt {
  tenantId: string;
  /** Id of the message's row. */
  rowId: string;
  kind: ReceiptKind;
  /** When it came in, by the database's clock. */
  at: number;
}

/** A global message that was sent to a recipient, and its receipt if that has come in. */
export interface GlobalDelivery {
  tenantId: string;
  globalMessageId: string;
  recipient: string;
  /** Revocation number of the connection's token: a recipient that was erased since gets no row. */
  revocation: number;
  receipt: { kind: ReceiptKind; at: number } | null;
}

export interface HeldRevocation {
  tenantId: string;
  recipientHash: string;
  number: number;
}

export interface HeldRecipient {
  tenantId: string;
  recipient: string;
}

/** Recipients with open connections on this node. */
export interface HeldRecipients extends Iterable<HeldRecipient> {
  readonly tenantIds: readonly string[];
  readonly count: number;
  has(tenantId: string, recipient: string): boolean;
}

/** The place that a look at what is pending has in time. All times are by the database's clock. */
export interface PendingWatermark {
  /** No row that became visible after the look has a smaller id than this moment's, unless its transaction was under way then. */
  readonly from: number;
  /** Transactions that were under way, each with the moment before which none of its ids was minted. */
  readonly underWay: ReadonlyMap<string, number>;
  /** Number of a transaction of the look's own: greater ones began after it. */
  readonly fence: bigint;
  readonly now: number;
  /** The same moment by the node's own time, or a little later. */
  readonly answeredAt: number;
  /** How often rows of global messages had been made late. */
  readonly lateRows: string;
}

export interface PendingLook {
  /** What the look before answered. */
  last: PendingWatermark | null;
  /** Every recipient is looked for, not only what became visible since the look before. */
  everything: boolean;
  /** Messages that are younger are not looked for, and left to the next look. */
  minAgeMs: number;
  /** Both are asked once the look has taken its place in time: whoever connects later reads what is pending after it. */
  held(): HeldRecipients;
  /** Who is looked for in any case. */
  also(): readonly HeldRecipient[];
}

export interface PendingFound {
  /** A recipient may be named twice. */
  pending: HeldRecipient[];
  /** For the next look; null if so little was pending that all of it was read. */
  watermark: PendingWatermark | null;
  /** Rows that a look at what is new does not find may be about to become visible. */
  doubt: boolean;
}

export interface DeliveryStore {
  /** Calls that arrive together share a query (so do those of `pending`). */
  standing(tenantId: string, recipient: string): Promise<Standing>;
  pending(request: PendingRequest): Promise<PendingPage>;
  /** A message that is neither recalled nor expired, by the id of its row, or null: some client may have it. Calls that arrive together share a query. */
  findSendable(tenantId: string, id: string): Promise<OutgoingMessage | null>;
  /** Global messages with an expiry that run now, match the label and have no row for the recipient yet; oldest first. */
  unsentGlobals(tenantId: string, recipient: string, topic: string | null): Promise<OutgoingMessage[]>;
  /** A global message that is neither ended nor expired, or null. */
  findGlobal(tenantId: string, id: string): Promise<OutgoingMessage | null>;
  /**
   * Global messages of these tenants created at or after `since` (those without expiry, too) that are not cancelled or expired, oldest first.
   */
  globalsSince(tenantIds: readonly string[], since: Date): Promise<Array<{ tenantId: string; message: OutgoingMessage }>>;
  /** Records receipts: the first one counts; one after a recall or an expiry changes no status. Durable on return. */
  settle(receipts: readonly Receipt[]): Promise<void>;
  /**
   * Makes the rows of global messages, settled where a receipt has come in; a row that exists only gets its first receipt. Durable on return.
   * @param late frames were written so long ago that looks on other nodes must be told
   */
  recordGlobals(deliveries: readonly GlobalDelivery[], late?: boolean): Promise<void>;
  /** Which held recipients have pending messages. Cost depends on what is pending, or on what is new. */
  findPending(look: PendingLook): Promise<PendingFound>;
  /** Revocations of these tenants made since (with the margin that late commits need), and tenants among them that are disabled or gone. */
  revocationsSince(
    tenantIds: readonly string[],
    since: Date,
  ): Promise<{ revocations: HeldRevocation[]; inactiveTenants: string[] }>;
}
