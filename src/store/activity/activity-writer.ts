import { refusalKey, SAME_REFUSAL_MS } from '../../core/domain/activity.js';
import type { RecordedActivity } from '../../core/ports/stores/activity-store.js';
import { erasureLock, inLockOrder } from '../database/advisory-locks.js';
import { plainArray, textArray } from '../database/array-literals.js';
import type { Database } from '../database/database.js';
import { INTERNAL } from '../sharing/work.js';

/** Writes this many entries in one transaction. */
const CHUNK = 5_000;

// Nothing is written of a token from before its recipient's erasure. The erasure's number is that of the
// latest revocation where this was an erasure of a node that does not note it apart.
const NOT_ERASED = `NOT EXISTS (
    SELECT FROM revocations v
    WHERE v.tenant_id = r.tenant_id AND v.recipient_hash = sha256(convert_to(r.recipient, 'UTF8')) AND v.erased_at IS NOT NULL
      AND CASE WHEN v.erased_at = v.revoked_at THEN v.number ELSE coalesce(v.erased_number, v.number) END > r.revocation
  )`;

const COLUMNS = `tenant_id, recipient, id, kind, at, last_at, times, connection_id, connected_seconds, reason, close_code,
  topic, protocol, node, source_ip, origin, user_agent, refusal_key`;

// A tenant that is gone gets no rows: nobody would delete them before their retention.
const INSERT = `
  INSERT INTO activity AS a (${COLUMNS})
  SELECT r.tenant_id, r.recipient, r.id, r.kind, to_timestamp(r.at / 1000), to_timestamp(r.last_at / 1000), r.times,
    r.connection_id, r.connected_seconds, r.reason, r.close_code, r.topic, r.protocol, r.node, r.source_ip, r.origin,
    r.user_agent, r.refusal_key
  FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::uuid[], $5::"ActivityKind"[], $6::float8[], $7::float8[], $8::int[],
    $9::uuid[], $10::int[], $11::"RefusalReason"[], $12::int[], $13::text[], $14::"ConnectionProtocol"[], $15::text[],
    $16::text[], $17::text[], $18::text[], $19::uuid[])
    AS r(tenant_id, recipient, revocation, id, kind, at, last_at, times, connection_id, connected_seconds, reason, close_code,
      topic, protocol, node, source_ip, origin, user_agent, refusal_key)
  WHERE EXISTS (SELECT FROM tenants t WHERE t.id = r.tenant_id) AND ${NOT_ERASED}
  ORDER BY r.tenant_id, r.recipient, r.refusal_key, r.id`;

const ADD_PASSAGES = `${INSERT} ON CONFLICT (tenant_id, recipient, id) DO NOTHING`;

const ADD_REFUSALS = `${INSERT}
  ON CONFLICT (tenant_id, recipient, refusal_key) WHERE refusal_key IS NOT NULL DO UPDATE SET
    times = a.times + excluded.times, last_at = greatest(a.last_at, excluded.last_at)`;

// Ends entries that began longer ago than equal refusals are counted together: the next one is an entry of
// its own. The rows are met in the order in which others lock them.
const END_REFUSALS = `
  UPDATE activity a SET refusal_key = NULL FROM (
    SELECT e.tenant_id, e.recipient, e.id
    FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::float8[]) AS r(tenant_id, recipient, refusal_key, at)
    JOIN activity e ON e.tenant_id = r.tenant_id AND e.recipient = r.recipient AND e.refusal_key = r.refusal_key
    WHERE e.at <= to_timestamp((r.at - ${SAME_REFUSAL_MS}) / 1000)
    ORDER BY e.tenant_id, e.recipient, e.refusal_key FOR UPDATE OF e
  ) AS ended
  WHERE a.tenant_id = ended.tenant_id AND a.recipient = ended.recipient AND a.id = ended.id`;

interface Refusal extends RecordedActivity {
  readonly key: string;
}

/** Writes what recipients' connections did, in bulk. See docs/design/activity.md. */
export class ActivityWriter {
  constructor(private readonly database: Database) {}

  async record(activity: readonly RecordedActivity[]): Promise<void> {
    for (let from = 0; from < activity.length; from += CHUNK) await this.#recordChunk(activity.slice(from, from + CHUNK));
  }

  async #recordChunk(activity: readonly RecordedActivity[]): Promise<void> {
    const passages = activity.filter(({ kind }) => kind !== 'REFUSED');
    const refusals = distinctRefusals(activity);
    // Taken before the statements that read revocations: an erasure that they do not see has not begun to
    // delete.
    const locks = inLockOrder([...new Set(activity.map(({ tenantId }) => tenantId))].map(erasureLock));
    const lock = locks.map((key) => `SELECT pg_advisory_xact_lock_shared('${key}')`);
    // Nobody waits for it, and a crash may cost it.
    const preamble = ['SET LOCAL synchronous_commit = off', ...lock].join(';');
    await this.database.transaction(
      async ({ query }) => {
        if (refusals.length > 0) {
          await query(END_REFUSALS, endings(refusals));
          await query(ADD_REFUSALS, columnsOf(refusals, plainArray(refusals.map(({ key }) => key))));
        }
        if (passages.length > 0) await query(ADD_PASSAGES, columnsOf(passages, plainArray(passages.map(() => null))));
      },
      { work: INTERNAL, preamble },
    );
  }
}

/** Merges equal refusals: one statement may not meet a row twice. */
function distinctRefusals(activity: readonly RecordedActivity[]): Refusal[] {
  const distinct = new Map<string, Refusal>();
  for (const one of activity) {
    if (one.kind !== 'REFUSED') continue;
    const key = refusalKey(one);
    const place = JSON.stringify([one.tenantId, one.recipient, key]);
    const known = distinct.get(place);
    distinct.set(place, known === undefined ? { ...one, key } : merged(known, one));
  }
  return [...distinct.values()];
}

const merged = (a: Refusal, b: RecordedActivity): Refusal => ({
  ...(b.at < a.at ? { ...b, key: a.key } : a),
  times: a.times + b.times,
  lastAt: a.lastAt > b.lastAt ? a.lastAt : b.lastAt,
  revocation: Math.max(a.revocation, b.revocation),
});

const endings = (refusals: readonly Refusal[]): string[] => [
  plainArray(refusals.map(({ tenantId }) => tenantId)),
  textArray(refusals.map(({ recipient }) => recipient)),
  plainArray(refusals.map(({ key }) => key)),
  plainArray(refusals.map(({ at }) => at.getTime())),
];

const columnsOf = (activity: readonly RecordedActivity[], keys: string): string[] => [
  plainArray(activity.map(({ tenantId }) => tenantId)),
  textArray(activity.map(({ recipient }) => recipient)),
  plainArray(activity.map(({ revocation }) => revocation)),
  plainArray(activity.map(({ id }) => id)),
  plainArray(activity.map(({ kind }) => kind)),
  plainArray(activity.map(({ at }) => at.getTime())),
  plainArray(activity.map(({ lastAt }) => lastAt.getTime())),
  plainArray(activity.map(({ times }) => times)),
  plainArray(activity.map(({ connectionId }) => connectionId)),
  plainArray(activity.map(({ connectedSeconds }) => connectedSeconds)),
  plainArray(activity.map(({ reason }) => reason)),
  plainArray(activity.map(({ closeCode }) => closeCode)),
  textArray(activity.map(({ topic }) => topic)),
  plainArray(activity.map(({ protocol }) => protocol)),
  textArray(activity.map(({ node }) => node)),
  textArray(activity.map(({ sourceIp }) => sourceIp)),
  textArray(activity.map(({ origin }) => origin)),
  textArray(activity.map(({ userAgent }) => userAgent)),
  keys,
];
