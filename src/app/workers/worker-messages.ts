import type { AdminAnswer } from '../../core/ports/admin.js';
import type { Readiness } from '../../observability/admin-endpoints.js';
import type { Collected } from '../../observability/prometheus.js';

/** What a worker knows of itself. */
export interface WorkerState {
  readiness: Readiness;
  metrics: Collected;
}

export type ToWorker =
  | { type: 'tidings:report'; id: number }
  /** The answer to its `ask`. */
  | { type: 'tidings:answer'; id: number; answer: AdminAnswer | null };

export type ToPrimary =
  /** It is in service, under these URLs. */
  | { type: 'tidings:started'; urls: Readonly<Record<string, string>> }
  /** The answer to a `report`. */
  | { type: 'tidings:state'; id: number; state: WorkerState }
  /** What the whole node answers at this path. */
  | { type: 'tidings:ask'; id: number; path: string };
