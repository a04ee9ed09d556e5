import type { LiveResult } from '../../core/domain/live/live-command.js';

export interface Done {
  result: LiveResult;
  /** What is to follow the answer. */
  afterwards?: (() => Promise<void>) | undefined;
}
