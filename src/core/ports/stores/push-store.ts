import type { GlobalMessage, Message } from '../../domain/message.js';

export interface Idempotency {
  key: string;
  /** SHA-256 of the parsed input. */
  inputHash: Buffer;
}

export interface EntryError {
  code: string;
  message: string;
}

/** Recipient's name that was refused before the store was asked. */
export interface RefusedEntry {
  index: number;
  error: EntryError;
}

export interface PushCall {
  tenantId: string;
  /** Distinct valid names with their first positions, in order. */
  recipients: ReadonlyArray<{ index: number; recipient: string }>;
  refused: readonly RefusedEntry[];
  message: string;
  topic: string | null;
  expiresAt: Date | null;
  /** Seconds after which an OVERDUE event tells that a message is still pending. */
  notifyAfter?: number | null;
  idempotency: Idempotency | null;
}

export interface PushEntry {
  index: number;
  item: Message | null;
  error: EntryError | null;
}

export interface PushResult {
  /** Ordered by `index`. */
  entries: PushEntry[];
  /**
   * True if an earlier call with the same key gave the answer: nothing was pushed, nothing is to be
   * published.
   */
  replayed: boolean;
}

export interface GlobalPushCall {
  tenantId: string;
  message: string;
  topic: string | null;
  expiresAt: Date | null;
  idempotency: Idempotency | null;
}

export interface PushStore {
  /**
   * Finds the answer of an earlier call with this key, with the present state of its entries; null if there
   * is none. A message that was deleted since has the entry error GONE; a global one throws it. Throws
   * IDEMPOTENCY_CONFLICT if that call had other input.
   */
  replay(tenantId: string, idempotency: Idempotency): Promise<PushEntry[] | GlobalMessage | null>;
  /**
   * Pushes to all recipients or none, durably. Calls that arrive together share a statement and a commit; one
   * that fails does not affect the others. A recipient with too many pending messages gets the entry error
   * QUOTA_EXCEEDED. Looks the idempotency key up again, under a lock.
   */
  push(call: PushCall): Promise<PushResult>;
  /** Throws QUOTA_EXCEEDED for the 1,001st unexpired global message of a tenant. */
  pushGlobal(call: GlobalPushCall): Promise<{ item: GlobalMessage; replayed: boolean }>;
}
