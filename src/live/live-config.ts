import type { StreamBounds } from '../core/ports/event-stream.js';
import type { LiveLimitSettings } from './live-limits.js';

/** Holds every setting of live topics. */
export interface LiveConfig {
  /** Keeps this many events of each tenant, for this long. */
  bounds: StreamBounds;
  limits: LiveLimitSettings;
  /** Compares each tenant's feed with the stream this often, in milliseconds; jittered. */
  lookEveryMs: number;
}
