import type { AdminAnswer } from '../../core/ports/admin.js';
import type { Readiness } from '../../observability/admin-endpoints.js';
import type { Collected } from '../../observability/prometheus-metrics.js';
import type { TotalsByName } from '../../observability/tenant-metrics.js';
import type { Allowance } from './connection-balance.js';

/** The knowledge of a worker about itself. */
export interface WorkerState {
  readiness: Readiness;
  metrics: Collected;
  /** What each tenant did there, if that was asked for. */
  tenants: TotalsByName | null;
}

export type ToWorker =
  /** Says how many sockets the worker may hold, and whether it takes new connections. */
  | ({ type: 'tidings:allowance' } & Allowance)
  | { type: 'tidings:report'; id: number; tenants: boolean }
  /** Answers the worker's `ask`. */
  | { type: 'tidings:answer'; id: number; answer: AdminAnswer | null };

export type ToPrimary =
  /** Says how many sockets the worker holds, and the most that it was allowed last; null before the first time. */
  | { type: 'tidings:held'; sockets: number; obeyed: number | null }
  /** Says that the worker is in service, under these URLs. */
  | { type: 'tidings:started'; urls: Readonly<Record<string, string>> }
  /** Says that the worker can be given work. */
  | { type: 'tidings:ready' }
  /** Answers a `report`. */
  | { type: 'tidings:state'; id: number; state: WorkerState }
  /** Asks what the whole node answers at this path. */
  | { type: 'tidings:ask'; id: number; path: string };
