import { createHash } from 'node:crypto';

export type ConnectionProtocol = 'PLAIN' | 'V1';
type ActivityKind = 'CONNECTED' | 'DISCONNECTED' | 'REFUSED';
/** LIMIT: of the connections of the tenant or recipient, not of a node. */
export type RefusalReason = 'TOKEN_EXPIRED' | 'TOKEN_REVOKED' | 'ORIGIN' | 'SOURCE_IP' | 'LIMIT';

/** Facts about a client, as its handshake tells them. */
export interface ClientFacts {
  /** Address that the connection comes from; null if it is none. */
  readonly sourceIp: string | null;
  readonly origin: string | null;
  /** Is cut at {@link USER_AGENT_CHARS}. */
  readonly userAgent: string | null;
}

/** Keeps this many characters of a client's `User-Agent`. */
export const USER_AGENT_CHARS = 256;

/** What a recipient's connection did, or an attempt to make one. */
export interface Activity extends ClientFacts {
  /** Identifies the entry: a UUID of version 7. That of CONNECTED is its connection's. */
  readonly id: string;
  readonly kind: ActivityKind;
  readonly at: Date;
  /** When it happened last: refusals that are equal within an hour are one entry. */
  readonly lastAt: Date;
  readonly times: number;
  readonly connectionId: string | null;
  readonly connectedSeconds: number | null;
  readonly reason: RefusalReason | null;
  readonly closeCode: number | null;
  readonly topic: string | null;
  readonly protocol: ConnectionProtocol | null;
  readonly node: string;
}

/** Counts equal refusals as one entry for this long, in milliseconds. */
export const SAME_REFUSAL_MS = 60 * 60 * 1000;

/** Keeps this many entries of a recipient. */
export const ACTIVITY_KEPT = 200;

/** Computes a UUID that equal refusals share: of the same reason, topic, origin and address. */
export function refusalKey({
  reason,
  topic,
  origin,
  sourceIp,
}: Pick<Activity, 'reason' | 'topic' | 'origin' | 'sourceIp'>): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([reason, topic, origin, sourceIp]))
    .digest('hex');
  return digest.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
