/** A message as the service sends it. */
export interface ReceivedMessage {
  /** UUID. For a global message it is the global's, the same for every recipient. */
  id: string;
  message: string;
  /** The label of the push; null if it had none. */
  topic: string | null;
  /** Time as in RFC 3339, in GMT with milliseconds, as all times are. */
  createdAt: string;
  /** Null if it has none. */
  expiresAt: string | null;
  /** Null if it was pushed to this recipient by name. */
  globalMessageId: string | null;
}
