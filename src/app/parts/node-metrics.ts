import { createPrometheusMetrics, type PrometheusMetrics } from '../../observability/prometheus-metrics.js';
import type { ConfigWithDatabase } from '../contracts.js';
import { limitsOf } from '../node-limits.js';
import { joinNode, type Membership } from '../workers/worker-membership.js';

interface NodeMetrics {
  prometheus: PrometheusMetrics;
  /** Set in a worker: its way to the primary, which reports for all of them. */
  membership: Membership | null;
}

/** Counts what a node does. In a worker the limits are left out: its node's primary tells them once. */
export function openNodeMetrics(config: ConfigWithDatabase, workers: number | null): NodeMetrics {
  if (workers === null) return { prometheus: createPrometheusMetrics(limitsOf(config)), membership: null };
  const prometheus = createPrometheusMetrics({});
  return { prometheus, membership: joinNode(prometheus) };
}
