import { LRUCache } from 'lru-cache';
import { TidingsError } from '../../core/domain/errors.js';
import { plainArray } from '../database/array-literals.js';
import type { Database } from '../database/database.js';
import { INTERNAL } from '../sharing/work.js';

/** Remembers the keys of this many tenants. They never change. */
const REMEMBERED = 10_000;

/**
 * Reads the keys by which tenants' recipients are named in the audit log. They leave the store for nobody.
 */
export class AuditKeys {
  readonly #known = new LRUCache<string, Buffer>({ max: REMEMBERED });

  constructor(private readonly database: Database) {}

  /** @throws TidingsError UNAUTHENTICATED if the tenant is gone */
  async keyOf(tenantId: string): Promise<Buffer> {
    const key = this.#known.get(tenantId) ?? (await this.keysOf([tenantId])).get(tenantId);
    if (key === undefined) throw new TidingsError('UNAUTHENTICATED', 'the tenant is gone');
    return key;
  }

  /** Lacks tenants that are gone. */
  async keysOf(tenantIds: readonly string[]): Promise<ReadonlyMap<string, Buffer>> {
    const keys = new Map<string, Buffer>();
    const unknown = new Set<string>();
    for (const id of tenantIds) {
      const known = this.#known.get(id);
      if (known === undefined) unknown.add(id);
      else keys.set(id, known);
    }
    if (unknown.size === 0) return keys;
    const rows = await this.database.query<{ id: string; audit_key: Buffer }>(
      'SELECT id, audit_key FROM tenants WHERE id = ANY ($1::uuid[])',
      [plainArray([...unknown])],
      { work: INTERNAL },
    );
    for (const { id, audit_key } of rows) {
      this.#known.set(id, audit_key);
      keys.set(id, audit_key);
    }
    return keys;
  }
}
