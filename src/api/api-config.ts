/** Settings of an API node. `src/config` produces exactly this object. */
export interface ApiConfig {
  /** Address to listen on. */
  readonly host: string;
  /** Port to listen on; 0 picks a free one. */
  readonly port: number;
  /** Longest and default life of a recipient token, in milliseconds. */
  readonly tokenTtlMs: number;
  /** Keeps activity for so long, in milliseconds; 0: not at all. */
  readonly activityRetentionMs: number;
  /** Addresses and ranges of proxies whose `X-Forwarded-For` is believed. */
  readonly trustProxy: readonly string[];
}
