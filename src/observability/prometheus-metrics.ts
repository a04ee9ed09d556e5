import { AggregatorRegistry, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { POLICIES } from '../core/domain/tenant-limits.js';
import type { Metrics } from '../core/ports/metrics.js';
import { talliedCounter, talliedCounters, talliedHistogram } from './tallies.js';

export interface PrometheusMetrics {
  metrics: Metrics;
  /** Returns all metrics in the text format of Prometheus. */
  scrape(): Promise<string>;
  contentType: string;
  /** Returns all metrics as they travel between processes. */
  collect(): Promise<Collected>;
}

/** The metrics of one process, to be merged with those of others. */
export type Collected = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

export const METRICS_CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/**
 * Merges metrics of several processes: sums counters, histograms and gauges, averages delays of event loops.
 */
export const aggregate = (collected: readonly Collected[]): Promise<string> =>
  AggregatorRegistry.aggregate([...collected]).metrics();

/** Returns configured limits by themselves, for a process without metrics of its own. */
export function collectLimits(limits: Readonly<Record<string, number>>): Promise<Collected> {
  const registry = new Registry();
  addLimits(registry, limits);
  return registry.getMetricsAsJSON();
}

function addLimits(registry: Registry, limits: Readonly<Record<string, number>>): void {
  const limit = new Gauge({
    name: 'tidings_limit',
    help: 'Configured limits of this node',
    labelNames: ['limit'],
    registers: [registry],
  });
  for (const [name, value] of Object.entries(limits)) limit.set({ limit: name }, value);
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const ROWS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];

/**
 * Names default metrics of the library that are left out: they list every socket and file to count them. With
 * 10,000 connections that kept the event loop for 20 ms a scrape. `tidings_connections` counts what matters.
 */
const LISTING = [
  'process_open_fds',
  'nodejs_active_handles',
  'nodejs_active_handles_total',
  'nodejs_active_requests',
  'nodejs_active_requests_total',
  'nodejs_active_resources',
  'nodejs_active_resources_total',
];

/** Makes metrics of each kind in one registry, by the name that follows `tidings_`. */
function metricMakers(registry: Registry) {
  const registers = [registry];
  return {
    counter: (name: string, help: string) => talliedCounter(registry, `tidings_${name}_total`, help),
    seconds: (name: string, help: string) => talliedHistogram(registry, `tidings_${name}_seconds`, help, SECONDS),
    rows: (name: string, help: string) => talliedHistogram(registry, `tidings_${name}`, help, ROWS),
    gauge: (name: string, help: string) => ({
      read(value: () => number) {
        registry.removeSingleMetric(`tidings_${name}`);
        new Gauge({
          name: `tidings_${name}`,
          help,
          registers,
          collect() {
            this.set(value());
          },
        });
      },
    }),
    labelled: <Label extends string>(name: string, help: string, label: string, values: readonly Label[]) =>
      talliedCounters(registry, `tidings_${name}_total`, help, label, values),
  };
}

const SUBSCRIPTION_ENDS = ['client', 'completed', 'refused', 'key', 'slow', 'shutdown', 'database', 'fault'] as const;

const subscriptionMetrics = ({ counter, gauge, labelled }: ReturnType<typeof metricMakers>) => ({
  statusSubscriptions: gauge('status_subscriptions', 'Open subscriptions to status events'),
  statusSubscriptionsEnded: labelled(
    'status_subscriptions_ended',
    'Subscriptions to status events that ended, by reason',
    'reason',
    SUBSCRIPTION_ENDS,
  ),
  statusEventsSent: counter('status_events_sent', 'Status events written to subscriptions'),
});

const webhookMetrics = ({ counter, seconds, gauge, labelled }: ReturnType<typeof metricMakers>) => ({
  webhookAttempts: labelled('webhook_attempts', 'Requests to webhooks that have ended, by how', 'outcome', [
    'succeeded',
    'failed',
  ]),
  webhookSeconds: seconds('webhook_attempt', 'Time from the look-up of a name to the end of an attempt'),
  webhookEventsDropped: counter('webhook_events_dropped', 'Events that were given up for a webhook'),
  webhooksDisabled: labelled('webhooks_disabled', 'Webhooks disabled: by a 410, or without a success for days', 'why', [
    'gone',
    'failed',
  ]),
  webhookRequests: gauge('webhook_requests', 'Requests to webhooks under way'),
});

/**
 * Makes the metrics of one process.
 *
 * @param limits configured limits by name, such as `connections`, to be read beside what they bound
 */
export function createPrometheusMetrics(limits: Readonly<Record<string, number>> = {}): PrometheusMetrics {
  const registry = new Registry();
  // The event loop's delay is among them.
  collectDefaultMetrics({ register: registry });
  for (const name of LISTING) registry.removeSingleMetric(name);

  addLimits(registry, limits);

  const makers = metricMakers(registry);
  const { counter, seconds, rows, gauge, labelled } = makers;
  const metrics: Metrics = {
    accepted: counter('messages_accepted', 'Messages made durable by pushes'),
    globalsAccepted: counter('global_messages_accepted', 'Global messages made durable by pushes'),
    globalRows: counter('global_message_rows', 'Messages made of global messages for their recipients'),
    delivered: labelled('messages_delivered', 'Messages settled by a receipt, by its kind', 'receipt', ['PONG', 'ACK']),
    cancelled: counter('messages_cancelled', 'Messages recalled'),
    expired: counter('messages_expired', 'Messages written down as expired'),
    erased: counter('messages_erased', 'Pending messages deleted by erasures'),
    deleted: counter('rows_deleted', 'Rows deleted by the clean-up'),
    framesSent: counter('frames_sent', 'Frames with messages written to connections'),
    sentAgain: counter('messages_sent_again', 'Frames for messages that had been sent before on another connection of this node'),
    busGaps: counter('bus_gaps', 'Times that events of the bus may have been lost'),
    busEventsPublished: counter('bus_events_published', 'Events handed to the bus'),
    busEventsReceived: counter('bus_events_received', 'Events that came from the bus'),
    handshakesRefused: labelled('handshakes_refused', 'Handshakes refused, by HTTP status', 'status', [
      '400',
      '401',
      '403',
      '426',
      '429',
      '503',
    ]),
    idleSocketsClosed: counter('idle_sockets_closed', 'Sockets closed without a request under way, because there were too many'),
    limitRefusals: labelled('limit_refusals', 'Work refused by a limit of its tenant, by its name', 'policy', POLICIES),
    limitCalls: labelled('limit_calls', 'Calls of tenants with limits, by what judged them', 'by', ['lent', 'asked', 'share']),
    limitExchanges: labelled('limit_exchanges', 'Exchanges with Redis about limits, by their outcome', 'outcome', [
      'answered',
      'failed',
    ]),
    connectionsCut: counter('connections_cut', 'Connections cut because the client did not answer or was too slow'),
    activityDropped: counter('activity_dropped', 'Comings, goings and refusals not recorded because the database was slow'),
    drainSeconds: seconds('drain', 'Time from the upgrade of a connection until it is live'),
    receiptSeconds: seconds('receipt', 'Time from a frame to its receipt'),
    statusEvents: counter('status_events', 'Status events that got their numbers'),
    overdue: counter('messages_overdue', 'Messages still pending when their senders wanted to be told'),
    statusEventLagSeconds: seconds('status_event_lag', 'Time from a receipt or recall to the number of its status event'),
    globalRowLagSeconds: seconds('global_row_lag', 'Time from the frame of a global message to its row'),
    pushBatchRows: rows('push_batch_rows', 'Rows in one INSERT of pushes'),
    receiptBatchRows: rows('receipt_batch_rows', 'Receipts in one UPDATE'),
    drainBatchRequests: rows('drain_batch_requests', 'Connections whose pending messages were read by one query'),
    poolWaitSeconds: seconds('pool_wait', 'Time that a statement waited for a connection to the database'),
    databaseBusy: counter('database_busy', 'Statements refused because no connection to the database came free in time'),
    databaseWaiting: gauge('database_waiting', 'Statements that wait for a connection to the database'),
    ...webhookMetrics(makers),
    liveEventsPublished: counter('live_events_published', 'Live events published by this node'),
    liveEventsMatched: counter('live_events_matched', 'Connections of this node that live events were for'),
    liveGaps: labelled('live_gaps', 'Times that live events were missed on the bus, by what became of them', 'outcome', [
      'recovered',
      'lost',
    ]),
    liveRefused: labelled('live_commands_refused', 'Commands of live topics refused for a limit, by code', 'code', [
      'RATE_LIMITED',
      'QUOTA_EXCEEDED',
    ]),
    ...subscriptionMetrics(makers),
    liveSubscriptions: gauge('live_subscriptions', 'Patterns of live topics that connections follow'),
    connections: gauge('connections', 'Open connections of recipients'),
    unconfirmedMessages: gauge('unconfirmed_messages', 'Messages sent that have no receipt yet'),
    unconfirmedBytes: gauge('unconfirmed_bytes', 'Bytes of messages sent that have no receipt yet'),
  };
  return {
    metrics,
    scrape: () => registry.metrics(),
    contentType: registry.contentType,
    collect: () => registry.getMetricsAsJSON(),
  };
}
