import { TidingsError } from '../../core/domain/errors.js';
import { LIMITS } from '../../core/domain/limits.js';
import type { GlobalMessage } from '../../core/domain/message.js';
import type { EntryError, Idempotency, PushEntry } from '../../core/ports/stores/push-store.js';
import { MicroBatcher } from '../../lib/micro-batcher.js';
import { withTimeout } from '../../lib/time/with-timeout.js';
import { idempotencyLock, inLockOrder } from '../database/advisory-locks.js';
import { plainArray, textArray } from '../database/array-literals.js';
import type { Database } from '../database/database.js';
import type { RunStatement } from '../database/run-statement.js';
import { databaseIsSilent } from '../database/sql-errors.js';
import type { MessageStatusRules } from '../message-status.js';
import { findGlobals } from '../query/find-globals.js';
import { findMessages } from '../query/find-messages.js';
import { PUSHES, pushOf, type Work } from '../sharing/work.js';

/** Waits at most this long for an earlier answer, in milliseconds: a push must fail within 5 s. */
const REPLAY_TIMEOUT_MS = 4_000;

/** Keeps an entry of an answer: its id or its error, never a text or a name. */
type StoredEntry = { index: number; id: string } | { index: number; error: EntryError };
type StoredAnswer = StoredEntry[] | { globalId: string };

interface KeyedCall {
  tenantId: string;
  idempotency: Idempotency;
}

export interface KeyedAnswer extends KeyedCall {
  answer: StoredAnswer;
}

interface KeyRow {
  n: number;
  input_hash: Buffer;
  /** Null for a long answer, which is read by itself. */
  answer: StoredAnswer | null;
}

/**
 * What is known of an earlier call with a key: its answer, null for a long one; or that its input was
 * another.
 */
type Earlier = { answer: StoredAnswer | null } | TidingsError;

export type Replay = { entries: PushEntry[] } | { global: GlobalMessage };

/**
 * Reads a longer answer by itself, in bytes as they are stored: that of a call to 10,000 has half a megabyte
 * of JSON, and look-ups of many calls share a statement.
 */
const SHORT_ANSWER_BYTES = 8 * 1024;

// A key that is too old counts as absent before it is deleted.
const LOOK_UP = `
  SELECT r.n::int, k.input_hash, CASE WHEN pg_column_size(k.answer) <= ${SHORT_ANSWER_BYTES} THEN k.answer END AS answer
  FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS r(tenant_id, key, n)
  JOIN idempotency_keys k ON k.tenant_id = r.tenant_id AND k.key = r.key
    AND k.created_at > statement_timestamp() - interval '${LIMITS.idempotencyMs} milliseconds'`;

const READ_ANSWER = 'SELECT answer FROM idempotency_keys WHERE tenant_id = $1 AND key = $2';

const SAVE = `
  INSERT INTO idempotency_keys (tenant_id, key, input_hash, answer, created_at)
  SELECT r.tenant_id, r.key, decode(r.hash, 'hex'), r.answer::jsonb, date_trunc('milliseconds', clock_timestamp())
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) AS r(tenant_id, key, hash, answer)
  ON CONFLICT (tenant_id, key) DO UPDATE
    SET input_hash = excluded.input_hash, answer = excluded.answer, created_at = excluded.created_at`;

const conflict = () =>
  new TidingsError('IDEMPOTENCY_CONFLICT', 'The idempotency key was used with other input within the last 24 hours.');

/** An accepted message that was erased since, or deleted with age. Nothing is pushed in its place. */
const gone = () => new TidingsError('GONE', 'The message of the earlier call is no longer there.');

export const toStoredEntries = (entries: readonly PushEntry[]): StoredEntry[] =>
  entries.map(({ index, item, error }) => (error ? { index, error } : { index, id: item?.id ?? '' }));

/**
 * Keeps the answers of calls by their keys.
 *
 * A key's row commits together with the messages that it stands for.
 */
export class IdempotencyKeys {
  readonly #lookUps: MicroBatcher<KeyedCall, Earlier | null>;

  constructor(
    private readonly rules: MessageStatusRules,
    private readonly database: Database,
  ) {
    this.#lookUps = new MicroBatcher((calls) => find(this.#running(PUSHES), calls), { maxItems: 200, maxInFlight: 2 });
  }

  /**
   * Returns the answer of an earlier call with this key, or null.
   *
   * Throws IDEMPOTENCY_CONFLICT if that call had other input, GONE if its global message was deleted.
   */
  async replay(tenantId: string, idempotency: Idempotency): Promise<PushEntry[] | GlobalMessage | null> {
    const found = await withTimeout(this.#replay({ tenantId, idempotency }), REPLAY_TIMEOUT_MS, databaseIsSilent);
    if (found instanceof TidingsError) throw found;
    if (found === null) return null;
    return 'entries' in found ? found.entries : found.global;
  }

  /**
   * Look-ups share a statement; what an answer has become is read for each by itself, in its tenant's turn.
   */
  async #replay(call: KeyedCall): Promise<Replay | TidingsError | null> {
    const earlier = await this.#lookUps.add(call);
    return earlier === null ? null : this.#present(this.#running(pushOf(call.tenantId)), call, earlier);
  }

  #running(work: Work): RunStatement {
    return (text, values) => this.database.query(text, values, { work });
  }

  /** Returns for each call its earlier answer in its present state, or the conflict, or null. */
  async lookUp(run: RunStatement, calls: readonly KeyedCall[]): Promise<Array<Replay | TidingsError | null>> {
    const results: Array<Replay | TidingsError | null> = [];
    for (const [i, earlier] of (await find(run, calls)).entries()) {
      results.push(earlier === null ? null : await this.#present(run, calls[i] as KeyedCall, earlier));
    }
    return results;
  }

  /**
   * Locks keys until the end of the transaction.
   *
   * Returns the locks it got; with `wait` it waits for all of them.
   */
  async lock(run: RunStatement, calls: readonly KeyedCall[], wait: boolean): Promise<Set<string>> {
    const locks = inLockOrder(calls.map(({ tenantId, idempotency }) => idempotencyLock(tenantId, idempotency.key)));
    if (wait) {
      await run('SELECT count(pg_advisory_xact_lock(k)) FROM unnest($1::bigint[]) AS l(k)', [plainArray(locks)]);
      return new Set(locks);
    }
    const rows = await run<{ k: string; got: boolean }>(
      'SELECT k::text, pg_try_advisory_xact_lock(k) AS got FROM unnest($1::bigint[]) AS l(k)',
      [plainArray(locks)],
    );
    return new Set(rows.filter(({ got }) => got).map(({ k }) => k));
  }

  async save(run: RunStatement, answers: readonly KeyedAnswer[]): Promise<void> {
    if (answers.length === 0) return;
    await run(SAVE, [
      plainArray(answers.map(({ tenantId }) => tenantId)),
      textArray(answers.map(({ idempotency }) => idempotency.key)),
      plainArray(answers.map(({ idempotency }) => idempotency.inputHash.toString('hex'))),
      textArray(answers.map(({ answer }) => JSON.stringify(answer))),
    ]);
  }

  /** Builds an earlier answer with its messages as they are now. */
  async #present(run: RunStatement, { tenantId, idempotency }: KeyedCall, earlier: Earlier): Promise<Replay | TidingsError> {
    if (earlier instanceof TidingsError) return earlier;
    const answer = earlier.answer ?? (await readAnswer(run, tenantId, idempotency.key));
    if (answer === null) return gone();
    if ('globalId' in answer) {
      const [global] = await findGlobals(run, tenantId, [answer.globalId]);
      return global ? { global } : gone();
    }
    const ids = answer.flatMap((entry) => ('id' in entry ? [entry.id] : []));
    const messages = await findMessages(run, this.rules, tenantId, ids);
    const entries = answer.map((entry): PushEntry => {
      const { index } = entry;
      if ('error' in entry) return { index, item: null, error: entry.error };
      const item = messages.get(entry.id) ?? null;
      const { code, message } = gone();
      return { index, item, error: item === null ? { code, message } : null };
    });
    return { entries };
  }
}

async function find(run: RunStatement, calls: readonly KeyedCall[]): Promise<Array<Earlier | null>> {
  const found = calls.map((): Earlier | null => null);
  if (calls.length === 0) return found;
  const rows = await run<KeyRow>(LOOK_UP, [
    plainArray(calls.map(({ tenantId }) => tenantId)),
    textArray(calls.map(({ idempotency }) => idempotency.key)),
  ]);
  for (const { n, input_hash, answer } of rows) {
    const { idempotency } = calls[n - 1] as KeyedCall;
    found[n - 1] = input_hash.equals(idempotency.inputHash) ? { answer } : conflict();
  }
  return found;
}

/** Returns null for a key that was deleted meanwhile: with its tenant. */
async function readAnswer(run: RunStatement, tenantId: string, key: string): Promise<StoredAnswer | null> {
  const [row] = await run<{ answer: StoredAnswer }>(READ_ANSWER, [tenantId, key]);
  return row?.answer ?? null;
}
