import { MAX_BODY_BYTES } from './json-body.js';

/** Bounds what is kept of the bodies that a tenant is sending, in bytes: two of the longest. */
const TENANT_BYTES = 2 * MAX_BODY_BYTES;
/** Sizes bodies that need no leave, in bytes. */
const FREE_BYTES = 128 * 1024;

interface Sending {
  bytes: number;
  readonly waiting: Array<{ bytes: number; go: () => void }>;
}

/**
 * Bounds the bodies that are kept until the last byte has come: a caller announces 16 MiB on as many
 * connections as it likes. What goes beyond stays with the sender until others of its tenant are read.
 */
export class BodyBudget {
  readonly #tenants = new Map<string, Sending>();

  /**
   * Asks whether a body may be read.
   * @param contentLength null where it is not announced
   * @returns null for a short one, which needs no leave; else a promise that resolves once it may be read, to a
   * function to call once when it is read, or given up
   */
  enter(tenantId: string, contentLength: number | null): Promise<() => void> | null {
    const bytes = Math.min(contentLength ?? MAX_BODY_BYTES, MAX_BODY_BYTES);
    return bytes <= FREE_BYTES ? null : this.#enter(tenantId, bytes);
  }

  async #enter(tenantId: string, bytes: number): Promise<() => void> {
    let sending = this.#tenants.get(tenantId);
    if (!sending) {
      sending = { bytes: 0, waiting: [] };
      this.#tenants.set(tenantId, sending);
    }
    const { waiting } = sending;
    if (waiting.length === 0 && sending.bytes + bytes <= TENANT_BYTES) sending.bytes += bytes;
    else await new Promise<void>((go) => waiting.push({ bytes, go }));
    return () => this.#leave(tenantId, bytes);
  }

  #leave(tenantId: string, bytes: number): void {
    const sending = this.#tenants.get(tenantId);
    if (!sending) return;
    sending.bytes -= bytes;
    for (let next = sending.waiting[0]; next && sending.bytes + next.bytes <= TENANT_BYTES; next = sending.waiting[0]) {
      sending.waiting.shift();
      sending.bytes += next.bytes;
      next.go();
    }
    if (sending.bytes === 0) this.#tenants.delete(tenantId);
  }
}
