/** Why a message waits, or why it was not delivered before it expired. */
type PendingCode = 'NOT_CONNECTED' | 'OTHER_TOPIC' | 'REFUSED' | 'NO_RECEIPT' | 'BEHIND' | 'ON_ITS_WAY' | 'UNKNOWN';

export interface PendingReason {
  readonly code: PendingCode;
  readonly since: Date | null;
  /** One sentence for support staff. */
  readonly text: string;
}
