import type { Admin, AdminAnswer } from '../../core/ports/admin.js';
import type { Readiness } from '../../observability/admin-endpoints.js';
import type { PrometheusMetrics } from '../../observability/prometheus-metrics.js';
import type { TotalsByName } from '../../observability/tenant-metrics.js';
import type { Allowance } from './connection-balance.js';
import type { ToPrimary, ToWorker } from './worker-messages.js';

/** One worker's side of a node of several. */
export interface Membership {
  /** Answers health and metrics of the whole node, by asking its primary. */
  join(readiness: () => Readiness, tenants: () => Promise<TotalsByName>): Admin;
  /** Tells the primary that this worker is in service. */
  started(urls: Readonly<Record<string, string>>): void;
  /** Tells the primary that this worker can be given work. */
  ready(): void;
  /** Tells the primary from now on how many sockets this worker holds, and what it may do. */
  share(sockets: () => number, allowed: (allowance: Allowance) => void): void;
}

/** Tells the primary this often how many sockets there are and may be, if that has changed, in milliseconds. */
const TELL_MS = 100;

const NOT_STARTED: Readiness = { state: 'starting', missingMigrations: [], degraded: [] };

const tell = (message: ToPrimary) => process.send?.(message);

/** Joins this process to its node as a worker, which reports when its primary asks. */
export function joinNode(metrics: PrometheusMetrics): Membership {
  let readiness = () => NOT_STARTED;
  let tenants: () => Promise<TotalsByName> = async () => [];
  let allowed: (allowance: Allowance) => void = () => {};
  let asked = 0;
  const waiting = new Map<number, (answer: AdminAnswer | null) => void>();

  process.on('message', (message: ToWorker) => {
    if (message.type === 'tidings:allowance') allowed(message);
    // A worker whose metrics cannot be read does not report, and counts as not ready.
    if (message.type === 'tidings:report') report(message).catch(() => {});
    else if (message.type === 'tidings:answer') {
      waiting.get(message.id)?.(message.answer);
      waiting.delete(message.id);
    }
  });

  async function report({ id, ...asked }: Extract<ToWorker, { type: 'tidings:report' }>): Promise<void> {
    const state = { readiness: readiness(), metrics: await metrics.collect(), tenants: asked.tenants ? await tenants() : null };
    tell({ type: 'tidings:state', id, state });
  }

  return {
    join(ownReadiness, ownTenants) {
      readiness = ownReadiness;
      tenants = ownTenants;
      return (path) =>
        new Promise((resolve) => {
          const id = ++asked;
          waiting.set(id, resolve);
          tell({ type: 'tidings:ask', id, path });
        });
    },
    started: (urls) => tell({ type: 'tidings:started', urls }),
    ready: () => tell({ type: 'tidings:ready' }),
    share(count, listener) {
      let obeyed: number | null = null;
      allowed = (allowance) => {
        listener(allowance);
        obeyed = allowance.most;
      };
      let told: { sockets: number; obeyed: number | null } | null = null;
      const timer = setInterval(() => {
        const sockets = count();
        if (sockets === told?.sockets && obeyed === told.obeyed) return;
        told = { sockets, obeyed };
        tell({ type: 'tidings:held', ...told });
      }, TELL_MS);
      timer.unref();
    },
  };
}
