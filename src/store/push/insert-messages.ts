import type { PushCall } from '../../core/ports/stores/push-store.js';
import { plainArray, textArray } from '../database/array-literals.js';
import type { RunStatement } from '../database/run-statement.js';
import { hourOf } from '../usage-delta.js';
import type { AdmittedPush } from './admitted-push.js';

// Ids are minted in the order of the input, and the answer matches them to it by position: nobody promises
// the order of an INSERT's RETURNING. `moment` is referenced, so set_config really runs; it makes this very
// commit wait for the disk. Texts travel once per call. The transaction has its number before it mints ids,
// which the watermark of looks relies on (docs/design/watermark.md). Usage is counted from what was asked
// for, a row for each tenant: either all rows are inserted or none.
const insertSql = (checks: string): string => `
  WITH moment AS MATERIALIZED (
    SELECT set_config('synchronous_commit', 'on', true),
      CASE WHEN pg_current_xact_id() IS NOT NULL THEN date_trunc('milliseconds', clock_timestamp()) END AS now
  ), input AS MATERIALIZED (
    SELECT r.n, r.call, r.recipient, nextval('message_seq') AS seq
    FROM unnest($1::int[], $2::text[]) WITH ORDINALITY AS r(call, recipient, n)
  ), minted AS MATERIALIZED (
    SELECT input.n, input.call, input.recipient, moment.now,
      message_id((extract(epoch FROM moment.now) * 1000)::bigint, input.seq) AS id
    FROM moment CROSS JOIN input
  ), inserted AS (
    INSERT INTO messages (tenant_id, id, recipient, message, topic, created_at, expires_at)
    SELECT c.tenant_id, minted.id, minted.recipient, c.message, c.topic, minted.now, c.expires_at
    FROM minted JOIN unnest($3::uuid[], $4::text[], $5::text[], $6::timestamptz[]) WITH ORDINALITY
      AS c(tenant_id, message, topic, expires_at, call) ON c.call = minted.call
  ), usage AS (
    INSERT INTO usage_deltas (tenant_id, hour, accepted, accepted_bytes)
    SELECT u.tenant_id, (SELECT ${hourOf('now')} FROM moment), u.rows, u.bytes
    FROM unnest($7::uuid[], $8::int[], $9::bigint[]) AS u(tenant_id, rows, bytes)
  )${checks}
  SELECT string_agg(id::text, '' ORDER BY n) AS ids FROM minted`;

const INSERT = insertSql('');

// Of calls whose sender wants to be told of what still waits: when to look.
const INSERT_WITH_CHECKS = insertSql(`, checks AS (
    INSERT INTO overdue_checks (tenant_id, message_id, due_at)
    SELECT c.tenant_id, minted.id, minted.now + c.seconds * interval '1 second'
    FROM minted JOIN unnest($3::uuid[], $10::int[]) WITH ORDINALITY AS c(tenant_id, seconds, call) ON c.call = minted.call
    WHERE c.seconds IS NOT NULL
  )`);

/** Tells whether somebody wants to be told of messages of a call that still wait. */
export const isChecked = ({ notifyAfter }: PushCall): boolean => notifyAfter !== null && notifyAfter !== undefined;

const ID_LENGTH = 36;

/**
 * Inserts the messages of these calls by one statement.
 *
 * Returns the ids of each call, in the order of its recipients.
 */
export async function insertMessages(run: RunStatement, pushes: readonly AdmittedPush[]): Promise<string[][]> {
  const calls: number[] = [];
  const recipients: string[] = [];
  for (const [i, push] of pushes.entries()) {
    for (const { recipient } of push.recipients) {
      calls.push(i + 1);
      recipients.push(recipient);
    }
  }
  if (recipients.length === 0) return pushes.map(() => []);
  const accepted = acceptedByTenant(pushes);
  const checked = pushes.some(({ call }) => isChecked(call));
  const rows = await run<{ ids: string }>(checked ? INSERT_WITH_CHECKS : INSERT, [
    plainArray(calls),
    textArray(recipients),
    plainArray(pushes.map(({ call }) => call.tenantId)),
    textArray(pushes.map(({ call }) => call.message)),
    textArray(pushes.map(({ call }) => call.topic)),
    plainArray(pushes.map(({ call }) => call.expiresAt?.toISOString() ?? null)),
    plainArray([...accepted.keys()]),
    plainArray([...accepted.values()].map(({ rows }) => rows)),
    plainArray([...accepted.values()].map(({ bytes }) => bytes)),
    ...(checked ? [plainArray(pushes.map(({ call }) => call.notifyAfter ?? null))] : []),
  ]);
  const ids = rows[0]?.ids ?? '';
  let at = 0;
  const next = () => {
    at += ID_LENGTH;
    return ids.slice(at - ID_LENGTH, at);
  };
  return pushes.map((push) => push.recipients.map(next));
}

/** Sums up messages, and bytes of their texts, by tenant. */
function acceptedByTenant(pushes: readonly AdmittedPush[]): Map<string, { rows: number; bytes: number }> {
  const accepted = new Map<string, { rows: number; bytes: number }>();
  for (const { call, recipients } of pushes) {
    if (recipients.length === 0) continue;
    const sum = accepted.get(call.tenantId) ?? { rows: 0, bytes: 0 };
    accepted.set(call.tenantId, sum);
    sum.rows += recipients.length;
    sum.bytes += recipients.length * Buffer.byteLength(call.message);
  }
  return accepted;
}

/** Does what `insertMessages` does for calls of any size, by several statements of a transaction. */
export async function insertInChunks(run: RunStatement, pushes: readonly AdmittedPush[], chunkRows: number): Promise<string[][]> {
  const total = pushes.reduce((sum, push) => sum + push.recipients.length, 0);
  if (total <= chunkRows) return insertMessages(run, pushes);
  const result: string[][] = [];
  for (const push of pushes) {
    const ids: string[] = [];
    for (let from = 0; from < push.recipients.length; from += chunkRows) {
      const chunk = { ...push, recipients: push.recipients.slice(from, from + chunkRows) };
      ids.push(...((await insertMessages(run, [chunk]))[0] ?? []));
    }
    result.push(ids);
  }
  return result;
}
