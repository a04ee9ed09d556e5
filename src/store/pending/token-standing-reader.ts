import { readOwnLimits } from '../../core/domain/tenant-limits.js';
import type { Standing } from '../../core/ports/stores/delivery-store.js';
import { MicroBatcher, STORM_SPACING } from '../../lib/micro-batcher.js';
import { plainArray, textArray } from '../database/array-literals.js';
import type { Database } from '../database/database.js';
import { DELIVERIES } from '../sharing/work.js';

interface Subject {
  tenantId: string;
  recipient: string;
}

interface StandingRow {
  active: boolean;
  limits: unknown;
  number: string;
  now: string;
}

const READ = `
  SELECT (t.id IS NOT NULL AND t.disabled_at IS NULL) AS active, t.limits, greatest(v.number, t.revocation, 0)::text AS number,
    floor(extract(epoch FROM clock_timestamp()) * 1000)::text AS now
  FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS r(tenant_id, recipient, n)
  LEFT JOIN tenants t ON t.id = r.tenant_id
  LEFT JOIN revocations v ON v.tenant_id = r.tenant_id AND v.recipient_hash = sha256(convert_to(r.recipient, 'UTF8'))
  ORDER BY r.n`;

/** Reads whether a recipient's tokens are good. Is asked at each connect, and when a token is issued. */
export class TokenStandingReader {
  readonly #reads: MicroBatcher<Subject, StandingRow>;

  constructor(private readonly database: Database) {
    this.#reads = new MicroBatcher((subjects) => this.#read(subjects), {
      maxItems: 1_000,
      maxInFlight: 2,
      spacing: STORM_SPACING,
    });
  }

  async standing(tenantId: string, recipient: string): Promise<Standing> {
    const { active, limits, number } = await this.#reads.add({ tenantId, recipient });
    return { tenantActive: active, revocation: Number(number), limits: readOwnLimits(limits) };
  }

  async readRevocation(tenantId: string, recipient: string): Promise<{ number: number; now: Date }> {
    const { number, now } = await this.#reads.add({ tenantId, recipient });
    return { number: Number(number), now: new Date(Number(now)) };
  }

  #read(subjects: readonly Subject[]): Promise<StandingRow[]> {
    return this.database.query<StandingRow>(
      READ,
      [plainArray(subjects.map(({ tenantId }) => tenantId)), textArray(subjects.map(({ recipient }) => recipient))],
      { work: DELIVERIES, prepareAs: 'standing', unlessSilent: true },
    );
  }
}
