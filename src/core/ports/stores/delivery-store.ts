import type { ReceiptKind } from '../../domain/message.js';
import type { OutgoingMessage } from '../../domain/outgoing-message.js';
import type { OwnLimits } from '../../domain/tenant-limits.js';
import type { ActivityStore } from './activity-store.js';

/** Facts that decide whether a recipient's token is still valid. */
export interface Standing {
  tenantActive: boolean;
  /** The operator's word about the tenant's limits; null: every policy has its default. */
  limits: OwnLimits | null;
  /** Tokens that carry a smaller number are no longer valid. */
  revocation: number;
}

export interface PendingRequest {
  tenantId: string;
  recipient: string;
  /** Topic of the connection: messages with another topic are not for it. */
  topic: string | null;
  /** Reads only rows with a greater id; null: from the first. */
  after: string | null;
  limit: number;
  maxBytes: number;
}

/** Pending row. The next page begins after `rowId`; for a row of a global, `message.id` is the global's. */
export interface PendingMessage {
  rowId: string;
  message: OutgoingMessage;
}

export interface PendingPage {
  /** Oldest first. */
  messages: PendingMessage[];
  /** False once everything has been returned that was pending when the page was read. */
  more: boolean;
}

export interface Receipt {
  tenantId: string;
  /** Id of the message's row. */
  rowId: string;
  kind: ReceiptKind;
  /** Time of arrival, in milliseconds since 1970 by the database's clock. */
  at: number;
  /** The connection that it came from. */
  connectionId?: string;
}

/** Global message that was sent to a recipient, with its receipt if that has come in. */
export interface GlobalDelivery {
  tenantId: string;
  globalMessageId: string;
  recipient: string;
  /** Revocation number of the connection's token: a recipient that was erased since then gets no row. */
  revocation: number;
  receipt: { kind: ReceiptKind; at: number } | null;
  /** The connection that the receipt came from. */
  connectionId?: string | null;
}

export interface HeldRevocation {
  tenantId: string;
  /** Null: of all recipients. */
  recipientHash: string | null;
  number: number;
}

/** Ends every token of a tenant that was issued, or ever will be. */
export const ALL_TOKENS = { recipientHash: null, number: Number.MAX_SAFE_INTEGER } as const;

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

/** Place in time of a look at what is pending. All times but `answeredAt` are by the database's clock. */
export interface PendingWatermark {
  /**
   * Lower bound of ids: a row that became visible after the look has no smaller id than one of this moment,
   * unless its transaction was under way then.
   */
  readonly from: number;
  /** Transactions that were under way, each with the moment before which it minted no id. */
  readonly underWay: ReadonlyMap<string, number>;
  /** Number of the look's own transaction: transactions with a greater number began after it. */
  readonly fence: bigint;
  readonly now: number;
  /** The same moment by the node's own clock, or a little later. */
  readonly answeredAt: number;
  /** Number of times that rows of global messages were made late. */
  readonly lateRows: string;
}

export interface PendingLook {
  /** Mark that the look before returned. */
  last: PendingWatermark | null;
  /** Looks for every recipient, not only for what became visible since the look before. */
  everything: boolean;
  /** Leaves younger messages to the next look. In milliseconds. */
  minAgeMs: number;
  /** Asked once the look has its place in time: those who connect later read what is pending after it. */
  held(): HeldRecipients;
  /** Recipients to look for in any case. Is asked when `held` is. */
  also(): readonly HeldRecipient[];
}

export interface PendingFound {
  /** May name a recipient twice. */
  pending: HeldRecipient[];
  /** Mark for the next look; null if so little was pending that all of it was read. */
  watermark: PendingWatermark | null;
  /** True if rows may be about to become visible that a look at what is new does not find. */
  doubt: boolean;
}

export interface DeliveryStore extends Pick<ActivityStore, 'recordActivity'> {
  /** Calls that arrive together share a query, as do those of `pending`. */
  standing(tenantId: string, recipient: string): Promise<Standing>;
  pending(request: PendingRequest): Promise<PendingPage>;
  /**
   * Finds a message by the id of its row; null if it is recalled or expired. A client may have received it
   * already. Calls that arrive together share a query.
   */
  findSendable(tenantId: string, id: string): Promise<OutgoingMessage | null>;
  /**
   * Finds running global messages with an expiry that have no row for the recipient, oldest first. Those with
   * another topic than the connection's are left out.
   */
  unsentGlobals(tenantId: string, recipient: string, topic: string | null): Promise<OutgoingMessage[]>;
  /** Finds a global message; null if it is ended or expired. */
  findGlobal(tenantId: string, id: string): Promise<OutgoingMessage | null>;
  /**
   * Finds running global messages of these tenants, with or without expiry, oldest first: those created at or
   * after `since` that are neither cancelled nor expired.
   */
  globalsSince(tenantIds: readonly string[], since: Date): Promise<Array<{ tenantId: string; message: OutgoingMessage }>>;
  /** Records receipts, durably. The first one counts; one after a recall or an expiry changes no status. */
  settle(receipts: readonly Receipt[]): Promise<void>;
  /**
   * Makes the rows of global messages, durably, settled where a receipt has come in. An existing row only
   * gets its first receipt.
   * @param late true if the frames were written so long ago that looks on other nodes must be told
   */
  recordGlobals(deliveries: readonly GlobalDelivery[], late?: boolean): Promise<void>;
  /** Finds held recipients with pending messages. Its cost follows what is pending, or what is new. */
  findPending(look: PendingLook): Promise<PendingFound>;
  /**
   * Finds revocations of these tenants since then, with the margin that late commits need, among them that of
   * everybody of a tenant that is gone. Names those among the tenants that are disabled.
   */
  revocationsSince(
    tenantIds: readonly string[],
    since: Date,
  ): Promise<{ revocations: HeldRevocation[]; inactiveTenants: string[] }>;
}
