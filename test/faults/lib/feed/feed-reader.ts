/** An event as a reader of the feed gets it. */
export interface ReadEvent {
  id: string;
  type: string;
  messageId: string;
  at: string;
}

/** Follows the feed from the moment on when it is made, whatever happens to the nodes. */
export interface FeedReader {
  readonly name: string;
  /** Says what is promised: the order of the feed, or of each message alone. */
  readonly order: 'feed' | 'message';
  /** Events in the order in which they came; of what may come twice, the first. */
  readonly events: readonly ReadEvent[];
  /** When each came, by this machine's clock. */
  readonly cameAt: readonly number[];
  /** Promises that were broken beside those about events. */
  readonly breaches: readonly string[];
  /** Says what it went through. */
  readonly story: string;
  /** Reads until it has what there is, then ends. */
  stop(): Promise<void>;
}
