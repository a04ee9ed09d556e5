import type { ClientFacts, ConnectionProtocol, RefusalReason } from '../../core/domain/activity.js';
import type { Logger } from '../../core/ports/logger.js';
import type { Metrics } from '../../core/ports/metrics.js';
import type { RecipientClaims } from '../../core/ports/recipient-tokens.js';
import type { ActivityStore, RecordedActivity } from '../../core/ports/stores/activity-store.js';
import type { BatchSpacing } from '../../lib/micro-batcher.js';
import type { Clock } from '../../lib/time/clock.js';
import type { Timers } from '../../lib/time/timers.js';
import { timeOrderedId } from '../../lib/time-ordered-id.js';
import { WriteBehindQueue } from './write-behind-queue.js';

/** Keeps at most so many entries while the database is slow or away. */
const MAX_KEPT = 20_000;
/** Drops activity from so many receipts on that wait for the database: they go first. */
const SLOW_RECEIPTS = 5_000;
/** Spaces statements: nobody waits for one, and many entries share it. */
const SPACING: BatchSpacing = { perItemMs: 5, leastMs: 100, mostMs: 500 };
/** Records refusals of an expired token until so long after its end, in milliseconds. */
const EXPIRED_FOR_MS = 24 * 60 * 60 * 1000;

/** A connection, as far as activity tells of it. */
export interface RecordedConnection {
  readonly id: string;
  readonly claims: RecipientClaims;
  readonly protocol: ConnectionProtocol;
  readonly facts: ClientFacts;
  /** By the database's clock. */
  readonly openedAt: number;
  /** When it took nothing any more, by the same clock; a closing handshake may go on after that. */
  readonly endedAt: number;
}

/** What happened, and when. */
interface Happening extends Pick<RecordedActivity, 'id' | 'kind'> {
  /** By the database's clock. */
  readonly at: number;
  readonly connectedSeconds?: number;
  readonly reason?: RefusalReason;
  readonly closeCode?: number | null;
}

interface ActivityRecorderDeps {
  store: Pick<ActivityStore, 'recordActivity'>;
  /** Estimates the database's clock. */
  clock: Clock;
  timers: Timers;
  logger: Logger;
  metrics: Pick<Metrics, 'activityDropped'>;
  /** Name of this node. */
  node: string;
  /** False where nothing is to be recorded. */
  enabled: boolean;
  /** Receipts that wait for the database: a measure of how slow it is. */
  receipts: { readonly kept: number };
}

/**
 * Takes what recipients' connections do to the database, in bulk and when it can. Whatever the database is
 * too
 * slow for is dropped, and counted. See docs/design/activity.md.
 */
export class ActivityRecorder {
  readonly #writer: WriteBehindQueue<RecordedActivity>;

  constructor(private readonly deps: ActivityRecorderDeps) {
    const { store, timers, logger, metrics } = deps;
    this.#writer = new WriteBehindQueue((activity) => store.recordActivity(activity), timers, logger, {
      name: 'activity',
      maxItems: 2_000,
      maxInFlight: 1,
      maxKept: MAX_KEPT,
      ownerOf: ({ tenantId }) => tenantId,
      onDropped: () => metrics.activityDropped.inc(),
      spacing: SPACING,
    });
  }

  connected(connection: RecordedConnection): void {
    if (!this.deps.enabled) return;
    const { id, openedAt } = connection;
    this.#take(connection.claims, connection, { id, kind: 'CONNECTED', at: openedAt });
  }

  /** @param closeCode with which it ended, whoever closed it; 1006 if nobody did */
  disconnected(connection: RecordedConnection, closeCode: number): void {
    if (!this.deps.enabled) return;
    const at = Math.max(connection.endedAt, connection.openedAt);
    const connectedSeconds = Math.floor((at - connection.openedAt) / 1000);
    this.#take(connection.claims, connection, { id: timeOrderedId(at), kind: 'DISCONNECTED', at, closeCode, connectedSeconds });
  }

  /**
   * Records an attempt that was refused.
   * @param closeCode with which the client was told, if it was accepted for that
   */
  refused(
    claims: RecipientClaims,
    reason: RefusalReason,
    client: Pick<RecordedConnection, 'protocol' | 'facts'>,
    closeCode: number | null,
  ): void {
    const at = this.deps.clock.now();
    if (!this.deps.enabled || (reason === 'TOKEN_EXPIRED' && at - claims.expiresAt > EXPIRED_FOR_MS)) return;
    this.#take(claims, { id: null, ...client }, { id: timeOrderedId(at), kind: 'REFUSED', at, reason, closeCode });
  }

  /** Resolves once everything so far is written. */
  flushed(): Promise<void> {
    return this.#writer.flushed();
  }

  #take(
    claims: RecipientClaims,
    { id: connectionId, protocol, facts }: Pick<RecordedConnection, 'protocol' | 'facts'> & { id: string | null },
    what: Happening,
  ): void {
    const { receipts, metrics, node } = this.deps;
    if (receipts.kept >= SLOW_RECEIPTS) {
      metrics.activityDropped.inc();
      return;
    }
    const moment = new Date(what.at);
    // Spread into one another they would be a dictionary, which costs ten times as much to make and to keep.
    this.#writer.take({
      tenantId: claims.tenantId,
      recipient: claims.recipient,
      revocation: claims.revocation,
      topic: claims.topic,
      protocol,
      node,
      connectionId,
      sourceIp: facts.sourceIp,
      origin: facts.origin,
      userAgent: facts.userAgent,
      id: what.id,
      kind: what.kind,
      at: moment,
      lastAt: moment,
      times: 1,
      connectedSeconds: what.connectedSeconds ?? null,
      reason: what.reason ?? null,
      closeCode: what.closeCode ?? null,
    });
  }
}
