import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { AuditedCall, AuditNote, AuditOutcome } from '../../core/domain/audit.js';
import { TidingsError } from '../../core/domain/errors.js';
import { MicroBatcher } from '../../lib/micro-batcher.js';
import type { Clock } from '../../lib/time/clock.js';
import { timeOrderedId } from '../../lib/time-ordered-id.js';
import type { Database, Transaction, TransactionOptions } from '../database/database.js';
import type { RunStatement } from '../database/run-statement.js';
import { adminOf, INTERNAL } from '../sharing/work.js';
import type { AuditKeys } from './audit-keys.js';
import { recipientHmac, subjectText } from './audit-subject.js';

/** Closes this many notes in one statement, of which one runs at a time. */
const CLOSED_AT_ONCE = 500;
/** Reads of one key, operation and recipient are one entry in this time, in milliseconds. */
const READS_TOGETHER_MS = 60 * 60 * 1000;
/** Remembers this many such reads, so that they are not written again. */
const REMEMBERED_READS = 100_000;

const COLUMNS = `tenant_id, id, api_key_id, key_prefix, key_name, operation, subject, recipient_hmac, address, outcome, code,
  request_id, once`;
const TYPES = ['uuid', 'uuid', 'uuid', 'text', 'text', 'text', 'text', 'bytea', 'text', 'text', 'text', 'text', 'bytea'];

const INSERT = `
  INSERT INTO audit_entries (${COLUMNS})
  SELECT ${COLUMNS.replace('outcome', 'outcome::"AuditOutcome"')}
  FROM unnest(${TYPES.map((type, i) => `$${i + 1}::${type}[]`).join(', ')}) AS given(${COLUMNS})`;

// What is committed stands. Only an operation that was not known to have ended can come to an end.
const CLOSE = `${INSERT}
  ON CONFLICT (tenant_id, id) DO UPDATE SET outcome = excluded.outcome, code = excluded.code
  WHERE audit_entries.outcome = 'UNKNOWN'`;

const FINISH = `UPDATE audit_entries SET outcome = 'DONE' WHERE tenant_id = $1 AND id = $2 AND outcome = 'UNKNOWN'`;

type Entry = readonly unknown[];

interface Closed {
  note: AuditNote;
  outcome: AuditOutcome;
  code: string | null;
}

/** Lists an entry's values in the order of the columns. */
function entryOf(
  note: AuditedCall & { id: string },
  closed: Omit<Closed, 'note'>,
  key: Buffer | null,
  once: Buffer | null,
): Entry {
  const hmac = key && recipientHmac(key, note.subject);
  return [
    ...[note.tenantId, note.id, note.apiKeyId, note.keyPrefix, note.keyName, note.operation, subjectText(note.subject, hmac)],
    ...[hmac, note.address, closed.outcome, closed.code, note.requestId, once],
  ];
}

/** Tells an error that may be due to one of several rows. */
const isOfOne = (error: unknown): boolean => !(error instanceof TidingsError);

/** Turns entries into one array for each column. */
const columnsOf = (entries: readonly Entry[]): unknown[] => TYPES.map((_, i) => entries.map((entry) => entry[i]));

const namesRecipient = ({ subject }: AuditedCall): boolean => subject.recipient !== undefined && subject.recipient !== null;

/**
 * Writes the audit log. An entry is in the transaction of what it tells of. Its id is made before: should the
 * outcome of the commit be unknown, the same id is written once more, which waits for that commit and leaves
 * alone what it made. See docs/design/audit.md.
 */
export class AuditLog {
  // Counted by size: room for `max` entries would be taken at once, for 30 ms.
  readonly #reads = new LRUCache<string, true>({ maxSize: REMEMBERED_READS, sizeCalculation: () => 1, ttl: READS_TOGETHER_MS });
  readonly #closing = new MicroBatcher<Closed, unknown>((closed) => this.#closeAll(closed), { maxItems: CLOSED_AT_ONCE });

  constructor(
    private readonly database: Database,
    private readonly keys: AuditKeys,
    private readonly clock: Clock,
  ) {}

  open(call: AuditedCall): AuditNote {
    return { ...call, id: timeOrderedId(this.clock.now()), state: 'open' };
  }

  /**
   * Runs statements that commit together with the entry of the call that they are for. For a call of several
   * steps it is written with the first of them, as UNKNOWN, until `finish`.
   *
   * @param note null if nobody asked by a key or the command line: then nothing is written
   * @param options the connection's turn is the administration's of the note's tenant, unless they say
   * otherwise
   */
  async transaction<T>(
    note: AuditNote | null,
    work: (transaction: Transaction) => Promise<T>,
    options: Partial<TransactionOptions> = {},
  ): Promise<T> {
    const turn = { work: adminOf(note?.tenantId ?? null), ...options };
    if (note === null || note.state !== 'open') return this.database.transaction(work, turn);
    const key = namesRecipient(note) ? await this.keys.keyOf(note.tenantId ?? '') : null;
    const outcome = note.severalSteps ? 'UNKNOWN' : 'DONE';
    const result = await this.database.transaction(async (transaction) => {
      const done = await work(transaction);
      // Without a tenant nothing was found, and nothing changed.
      if (note.tenantId !== null) {
        await transaction.query(INSERT, columnsOf([entryOf(note, { outcome, code: null }, key, null)]));
      }
      return done;
    }, turn);
    if (note.tenantId !== null) note.state = note.severalSteps ? 'begun' : 'done';
    return result;
  }

  /**
   * Runs the last statements of a call of several steps, and says with the same commit that it took place.
   */
  async finish(note: AuditNote | null, work: (run: RunStatement) => Promise<unknown> = async () => {}): Promise<void> {
    await this.database.transaction(
      async ({ query }) => {
        await work(query);
        if (note !== null) await query(FINISH, [note.tenantId, note.id]);
      },
      { work: adminOf(note?.tenantId ?? null) },
    );
    if (note !== null) note.state = 'done';
  }

  async close(note: AuditNote, outcome: AuditOutcome, code: string | null): Promise<void> {
    if (note.state === 'done' || note.tenantId === null) return;
    const failure = await this.#closing.add({ note, outcome, code });
    if (failure !== null) throw failure;
    if (outcome === 'DONE') note.state = 'done';
  }

  async noteRead(call: AuditedCall): Promise<void> {
    const { tenantId, apiKeyId, operation, subject } = call;
    const now = this.clock.now();
    const key = await this.keys.keyOf(tenantId ?? '');
    const hour = Math.floor(now / READS_TOGETHER_MS);
    const recipient = recipientHmac(key, subject)?.toString('hex') ?? '';
    const once = createHash('sha256').update(`${apiKeyId}:${operation}:${recipient}:${hour}`).digest();
    const name = once.toString('base64');
    if (this.#reads.has(name)) return;
    const entry = entryOf({ ...call, id: timeOrderedId(now) }, { outcome: 'DONE', code: null }, key, once);
    await this.database.transaction(({ query }) => query(`${INSERT} ON CONFLICT DO NOTHING`, columnsOf([entry])), {
      work: adminOf(tenantId),
    });
    this.#reads.set(name, true);
  }

  /** Answers for each note null, or why it could not be closed. */
  async #closeAll(closed: readonly Closed[]): Promise<unknown[]> {
    try {
      await this.#write(closed);
      return closed.map(() => null);
    } catch (error) {
      const [one] = closed;
      if (closed.length === 1 || one === undefined || !isOfOne(error)) return closed.map(() => error);
      // One that the database refuses must not take the others with it.
      const halves = [closed.slice(0, closed.length >> 1), closed.slice(closed.length >> 1)];
      return (await Promise.all(halves.map((half) => this.#closeAll(half)))).flat();
    }
  }

  async #write(closed: readonly Closed[]): Promise<void> {
    const named = closed.filter(({ note }) => namesRecipient(note)).map(({ note }) => note.tenantId ?? '');
    const keys = await this.keys.keysOf(named);
    const entries = closed.map(({ note, ...rest }) => entryOf(note, rest, keys.get(note.tenantId ?? '') ?? null, null));
    await this.database.transaction(({ query }) => query(CLOSE, columnsOf(entries)), { work: INTERNAL });
  }
}
