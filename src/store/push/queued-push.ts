import { performance } from 'node:perf_hooks';
import type { PushCall, PushResult } from '../../core/ports/stores/push-store.js';
import type { QueuedWrite } from './push-queue.js';

/** Holds one call to `push` on its way through a queue, and the promise of its answer. */
export class QueuedPush implements QueuedWrite {
  readonly tenantId: string;
  readonly rows: number;
  readonly bytes: number;
  readonly queuedAt = performance.now();
  readonly result: Promise<PushResult>;
  resolve!: (result: PushResult) => void;
  reject!: (error: unknown) => void;

  constructor(readonly call: PushCall) {
    this.tenantId = call.tenantId;
    this.rows = call.recipients.length;
    this.bytes = this.rows * Buffer.byteLength(call.message);
    this.result = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }
}
