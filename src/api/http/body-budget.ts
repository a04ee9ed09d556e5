import { ByteRooms, type Kept } from '../../lib/byte-rooms.js';
import { MAX_BODY_BYTES } from './json-body.js';

/** Bounds what is kept of the bodies that a tenant is sending, in bytes: two of the longest. */
const TENANT_BYTES = 2 * MAX_BODY_BYTES;
/** Sizes bodies that need no leave, in bytes. */
const FREE_BYTES = 128 * 1024;

/**
 * Bounds the bodies that are kept until the last byte has come: a caller announces 16 MiB on as many
 * connections as it likes. What goes beyond stays with the sender until others of its tenant are read.
 */
export class BodyBudget {
  readonly #rooms = new ByteRooms(TENANT_BYTES);

  /**
   * Asks whether a body may be read.
   * @param contentLength null where it is not announced
   * @returns null for a short one, which needs no leave; else a promise that resolves once it may be read. What it is
   * given is to be left when the body is read, or given up
   */
  enter(tenantId: string, contentLength: number | null): Promise<Kept> | null {
    const bytes = Math.min(contentLength ?? MAX_BODY_BYTES, MAX_BODY_BYTES);
    return bytes <= FREE_BYTES ? null : this.#rooms.enter(tenantId, bytes);
  }
}
