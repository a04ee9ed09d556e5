import { DISABLED_AFTER_MS, FAILING_AFTER, GONE } from '../../core/domain/webhook/attempt-schedule.js';
import type { AfterAttempts, EndedAttempt, SendableWebhook } from '../../core/ports/stores/webhooks/webhook-queue.js';
import { timeOrderedId } from '../../lib/time-ordered-id.js';
import type { Database } from '../database/database.js';
import type { RunStatement } from '../database/run-statement.js';
import { webhooksOf } from '../sharing/work.js';

const LOCK = `
  SELECT state, failures_in_row, failing_since, clock_timestamp() AS now FROM webhooks
  WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE`;

// $3 and $4 are what has ended for good, $5 and $6 what is tried again. Of messages in $10 the next event need wait no longer.
const END = `
  WITH over AS (
    DELETE FROM webhook_queue q USING unnest($3::bigint[], $4::uuid[]) AS o(number, request_id)
    WHERE q.tenant_id = $1 AND q.webhook_id = $2 AND q.number = o.number AND q.request_id = o.request_id
    RETURNING q.number, q.request_id
  ), retried AS (
    UPDATE webhook_queue q SET attempts = r.attempt, due_at = now() + r.delay_ms * interval '1 millisecond'
    FROM unnest($5::bigint[], $6::uuid[], $7::int[], $8::bigint[]) AS r(number, request_id, attempt, delay_ms)
    WHERE q.tenant_id = $1 AND q.webhook_id = $2 AND q.number = r.number AND q.request_id = r.request_id AND q.attempts < r.attempt
  ), given_up AS (
    INSERT INTO webhook_given_up (tenant_id, webhook_id, number)
    SELECT DISTINCT $1::uuid, $2::uuid, o.number FROM over o WHERE o.request_id = ANY ($9::uuid[]) ON CONFLICT DO NOTHING
  ), released AS (
    UPDATE webhook_queue SET due_at = now()
    WHERE tenant_id = $1 AND webhook_id = $2 AND message_id = ANY ($10::uuid[]) AND due_at = 'infinity'
  )
  SELECT count(*) FILTER (WHERE request_id = ANY ($9::uuid[]))::int AS given_up FROM over`;

const RECORD = `
  INSERT INTO webhook_attempts (tenant_id, webhook_id, id, numbers, last_number, attempt, failed, http_status, error, duration_ms,
    response_start, next_attempt_at)
  SELECT $1, $2, a.id, a.numbers::bigint[], a.last_number, a.attempt, a.failed, a.http_status, a.error, a.duration_ms, a.response_start,
    now() + a.delay_ms * interval '1 millisecond'
  FROM unnest($3::uuid[], $4::text[], $5::bigint[], $6::int[], $7::boolean[], $8::int[], $9::text[], $10::int[], $11::text[], $12::bigint[])
    AS a(id, numbers, last_number, attempt, failed, http_status, error, duration_ms, response_start, delay_ms)`;

const CHANGE = `
  UPDATE webhooks SET state = $3::"WebhookState", state_reason = CASE WHEN state IN ('PAUSED', 'DISABLED') THEN state_reason ELSE $4 END,
    failures_in_row = $5, failing_since = $6,
    last_success_at = CASE WHEN $7::boolean THEN clock_timestamp() ELSE last_success_at END, dropped = dropped + $8
  WHERE tenant_id = $1 AND id = $2`;

interface Standing {
  state: 'ACTIVE' | 'FAILING' | 'PAUSED' | 'DISABLED';
  failures_in_row: number;
  failing_since: Date | null;
  now: Date;
}

interface NewStanding {
  state: Standing['state'];
  reason: string | null;
  failures: number;
  failingSince: Date | null;
  disabled: AfterAttempts['disabled'];
}

const days = (ms: number) => ms / (24 * 60 * 60 * 1000);

/** Says what a webhook becomes by attempts, in the order of their ends. Whoever paused it is obeyed. */
function standingAfter(before: Standing, ended: readonly Pick<EndedAttempt, 'succeeded' | 'httpStatus'>[]): NewStanding {
  let failures = before.failures_in_row;
  let failingSince = before.failing_since;
  for (const { succeeded } of ended) {
    failures = succeeded ? 0 : failures + 1;
    failingSince = succeeded ? null : (failingSince ?? before.now);
  }
  const standing = { failures, failingSince, disabled: null };
  if (before.state === 'PAUSED' || before.state === 'DISABLED') return { ...standing, state: before.state, reason: null };
  if (ended.some(({ httpStatus }) => httpStatus === GONE)) {
    return { ...standing, state: 'DISABLED', reason: 'the receiver answered 410 Gone', disabled: 'gone' };
  }
  if (failingSince !== null && before.now.getTime() - failingSince.getTime() >= DISABLED_AFTER_MS) {
    const reason = `no attempt succeeded for ${days(DISABLED_AFTER_MS)} days`;
    return { ...standing, state: 'DISABLED', reason, disabled: 'failed' };
  }
  if (failures < FAILING_AFTER) return { ...standing, state: 'ACTIVE', reason: null };
  return { ...standing, state: 'FAILING', reason: `${FAILING_AFTER} attempts in a row have failed` };
}

/** Records attempts that have ended, many of one webhook in a transaction. See docs/design/webhooks.md. */
export class AttemptRecorder {
  constructor(private readonly database: Database) {}

  end({ tenantId, id }: Pick<SendableWebhook, 'tenantId' | 'id'>, ended: readonly EndedAttempt[]): Promise<AfterAttempts | null> {
    return this.database.transaction(
      async ({ query }) => {
        const [before] = await query<Standing>(LOCK, [tenantId, id]);
        if (before === undefined) return null;
        const givenUp = await endRequests(query, [tenantId, id], ended);
        await query(RECORD, [tenantId, id, ...recordColumns(ended)]);
        const after = standingAfter(before, ended);
        const succeeded = ended.some((attempt) => attempt.succeeded);
        await query(CHANGE, [tenantId, id, after.state, after.reason, after.failures, after.failingSince, succeeded, givenUp]);
        return { failing: after.state === 'FAILING', disabled: after.disabled, givenUp };
      },
      { work: webhooksOf(tenantId) },
    );
  }
}

/** Ends requests, or plans their next attempts. Returns the number of events that were given up. */
async function endRequests(query: RunStatement, of: readonly string[], ended: readonly EndedAttempt[]): Promise<number> {
  const over = ended.filter(({ succeeded, delayMs }) => succeeded || delayMs === null);
  const retried = ended.filter(({ succeeded, delayMs }) => !succeeded && delayMs !== null);
  const numbers = (attempts: readonly EndedAttempt[]) => attempts.flatMap((attempt) => attempt.numbers);
  const ofEach = <T>(attempts: readonly EndedAttempt[], value: (attempt: EndedAttempt) => T): T[] =>
    attempts.flatMap((attempt) => attempt.numbers.map(() => value(attempt)));
  const [row] = await query<{ given_up: number }>(END, [
    ...of,
    ...[numbers(over), ofEach(over, ({ requestId }) => requestId)],
    ...[numbers(retried), ofEach(retried, ({ requestId }) => requestId)],
    ...[ofEach(retried, ({ attempt }) => attempt), ofEach(retried, ({ delayMs }) => delayMs)],
    over.filter(({ succeeded }) => !succeeded).map(({ requestId }) => requestId),
    over.flatMap(({ messageIds }) => messageIds),
  ]);
  return row?.given_up ?? 0;
}

const recordColumns = (ended: readonly EndedAttempt[]): unknown[] => [
  ended.map(({ at }) => timeOrderedId(at.getTime())),
  ended.map(({ numbers }) => `{${numbers.join(',')}}`),
  ended.map(({ numbers }) => Math.max(...numbers)),
  ended.map(({ attempt }) => attempt),
  ended.map(({ succeeded }) => !succeeded),
  ended.map(({ httpStatus }) => httpStatus),
  ended.map(({ error }) => error),
  ended.map(({ durationMs }) => durationMs),
  ended.map(({ responseStart }) => responseStart),
  ended.map(({ delayMs }) => delayMs),
];
