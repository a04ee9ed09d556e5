import type { Policy } from '../domain/tenant-limits.js';

interface Counter {
  inc(by?: number): void;
}
/** Observes seconds, or sizes. */
interface Histogram {
  observe(value: number): void;
}
/** Read when metrics are scraped. */
interface Gauge {
  read(value: () => number): void;
}

/** Counts and measures. Implemented by `observability/prometheus-metrics.ts`; `noMetrics` counts nothing. */
export interface Metrics {
  /** Rows that pushes made durable. */
  accepted: Counter;
  globalsAccepted: Counter;
  /** Rows of global messages that were made for their recipients. */
  globalRows: Counter;
  delivered: Record<'PONG' | 'ACK', Counter>;
  cancelled: Counter;
  expired: Counter;
  /** Pending messages that erasures deleted. */
  erased: Counter;
  deleted: Counter;
  framesSent: Counter;
  /** Frames for messages that had been sent before on another connection, as far as the node knows. */
  sentAgain: Counter;
  busGaps: Counter;
  busEventsPublished: Counter;
  busEventsReceived: Counter;
  handshakesRefused: Record<'400' | '401' | '403' | '426' | '429' | '503', Counter>;
  /** Sockets without a request under way that were closed because there were too many. */
  idleSocketsClosed: Counter;
  /** Calls, handshakes and live events that a limit of their tenant refused. */
  limitRefusals: Record<Policy, Counter>;
  /**
   * Calls of limited tenants by what judged them: what the node may take before it asks, an exchange that
   * they
   * waited for, or the node's share while Redis is away.
   */
  limitCalls: Record<'lent' | 'asked' | 'share', Counter>;
  limitExchanges: Record<'answered' | 'failed', Counter>;
  connectionsCut: Counter;
  /** Status events that got their numbers. */
  statusEvents: Counter;
  /** Messages that were still pending when their senders wanted to be told. */
  overdue: Counter;
  /** Seconds from a receipt or recall to the number of its event, the longest of those numbered together. */
  statusEventLagSeconds: Histogram;
  /** Entries of activity that were not recorded because the database was slow. */
  activityDropped: Counter;
  /** Seconds from the upgrade until the connection is live. */
  drainSeconds: Histogram;
  /** Seconds from a frame to its receipt. */
  receiptSeconds: Histogram;
  /** Seconds from a global message's frame to its row. */
  globalRowLagSeconds: Histogram;
  pushBatchRows: Histogram;
  receiptBatchRows: Histogram;
  drainBatchRequests: Histogram;
  /** Seconds that a statement waited for a connection of the pool. */
  poolWaitSeconds: Histogram;
  /** Statements that were refused because no connection of the pool came free for them in time. */
  databaseBusy: Counter;
  /** Statements that wait for a connection of the pool. */
  databaseWaiting: Gauge;
  /** Requests to webhooks that have ended, by how. */
  webhookAttempts: Record<'succeeded' | 'failed', Counter>;
  /** Seconds from the look-up of a webhook's name to the head of its answer. */
  webhookSeconds: Histogram;
  /** Events that were given up for a webhook. */
  webhookEventsDropped: Counter;
  /** Webhooks that were disabled: by their receiver's 410, or since nothing succeeded for days. */
  webhooksDisabled: Record<'gone' | 'failed', Counter>;
  webhookRequests: Gauge;
  liveEventsPublished: Counter;
  /** Connections that an event matched, summed over events. */
  liveEventsMatched: Counter;
  /** Occasions on which the bus lost events, by whether the stream still had them. */
  liveGaps: Record<'recovered' | 'lost', Counter>;
  /** Commands of live topics that were refused for a limit of the connection or tenant, by code. */
  liveRefused: Record<'RATE_LIMITED' | 'QUOTA_EXCEEDED', Counter>;
  liveSubscriptions: Gauge;
  /** Subscriptions to status events that are open. */
  statusSubscriptions: Gauge;
  /** Subscriptions to status events that ended, by reason: `refused` for an error of the reading itself. */
  statusSubscriptionsEnded: Record<
    'client' | 'completed' | 'refused' | 'key' | 'slow' | 'shutdown' | 'database' | 'fault',
    Counter
  >;
  /** Status events that were written to subscriptions. */
  statusEventsSent: Counter;
  connections: Gauge;
  unconfirmedMessages: Gauge;
  unconfirmedBytes: Gauge;
}

const nothing = { inc() {}, observe() {}, read() {} };

export const noMetrics: Metrics = {
  accepted: nothing,
  globalsAccepted: nothing,
  globalRows: nothing,
  delivered: { PONG: nothing, ACK: nothing },
  cancelled: nothing,
  expired: nothing,
  erased: nothing,
  deleted: nothing,
  framesSent: nothing,
  sentAgain: nothing,
  busGaps: nothing,
  busEventsPublished: nothing,
  busEventsReceived: nothing,
  handshakesRefused: { '400': nothing, '401': nothing, '403': nothing, '426': nothing, '429': nothing, '503': nothing },
  idleSocketsClosed: nothing,
  limitRefusals: {
    recipients: nothing,
    requests: nothing,
    bytes: nothing,
    liveEvents: nothing,
    connections: nothing,
    pending: nothing,
  },
  limitCalls: { lent: nothing, asked: nothing, share: nothing },
  limitExchanges: { answered: nothing, failed: nothing },
  connectionsCut: nothing,
  statusEvents: nothing,
  overdue: nothing,
  statusEventLagSeconds: nothing,
  activityDropped: nothing,
  drainSeconds: nothing,
  receiptSeconds: nothing,
  globalRowLagSeconds: nothing,
  pushBatchRows: nothing,
  receiptBatchRows: nothing,
  drainBatchRequests: nothing,
  poolWaitSeconds: nothing,
  databaseBusy: nothing,
  databaseWaiting: nothing,
  webhookAttempts: { succeeded: nothing, failed: nothing },
  webhookSeconds: nothing,
  webhookEventsDropped: nothing,
  webhooksDisabled: { gone: nothing, failed: nothing },
  webhookRequests: nothing,
  liveEventsPublished: nothing,
  liveEventsMatched: nothing,
  liveGaps: { recovered: nothing, lost: nothing },
  liveRefused: { RATE_LIMITED: nothing, QUOTA_EXCEEDED: nothing },
  liveSubscriptions: nothing,
  statusSubscriptions: nothing,
  statusSubscriptionsEnded: {
    client: nothing,
    completed: nothing,
    refused: nothing,
    key: nothing,
    slow: nothing,
    shutdown: nothing,
    database: nothing,
    fault: nothing,
  },
  statusEventsSent: nothing,
  connections: nothing,
  unconfirmedMessages: nothing,
  unconfirmedBytes: nothing,
};
