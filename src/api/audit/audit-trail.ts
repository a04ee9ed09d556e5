import type { IncomingMessage } from 'node:http';
import { LRUCache } from 'lru-cache';
import { type AuditedCall, type AuditNote, type AuditOutcome, type AuditSubject, outcomeOf } from '../../core/domain/audit.js';
import { TidingsError } from '../../core/domain/errors.js';
import type { Principal } from '../../core/domain/scope.js';
import type { Logger } from '../../core/ports/logger.js';
import type { AuditStore } from '../../core/ports/stores/audit-store.js';
import { compileAddressRange } from '../../core/validation/address-range.js';
import { Backoff } from '../../lib/time/backoff.js';
import { LastingFault } from '../../lib/time/lasting-fault.js';
import { sleep, type Timers } from '../../lib/time/timers.js';
import { withTimeout } from '../../lib/time/with-timeout.js';
import { TokenBucket } from '../../lib/token-bucket.js';

/** Lets an answer wait this long for the entry of a call that changed nothing, in milliseconds. */
const PATIENCE_MS = 1_000;
/** Waits this long for the last entries when the node stops, in milliseconds. */
const LAST_ENTRIES_MS = 1_500;
/** Keeps this many entries while the database is away; more are left out. */
const MAX_KEPT = 10_000;
const RETRY = { firstMs: 100, lastMs: 2_000 };
/** Writes the entries of so many refused calls of a key a second, and at once. */
const REFUSED_PER_SECOND = 10;
const REFUSED_BURST = 1_000;
const REMEMBERED_KEYS = 10_000;

/** Who asks for an operation, and by which request. */
interface Caller {
  principal: Principal;
  request: IncomingMessage;
  requestId: string;
}

/** The part of an operation's context that the audit log needs. */
export interface AuditContext extends Caller {
  audit: AuditTrail;
  /** Entry of the mutation that is executed; null for what has none. */
  note: AuditNote | null;
}

interface AuditTrailDeps {
  store: Pick<AuditStore, 'openNote' | 'closeNote' | 'noteRead'>;
  /** Returns where a request comes from, which may be no address. */
  addressOf: (request: IncomingMessage) => string;
  timers: Timers;
  logger: Logger;
}

/** Returns an address without its zone; null for what is none, as an entry of X-Forwarded-For may be. */
function addressText(given: string): string | null {
  const [address = ''] = given.split('%');
  return address.includes('/') ? null : (compileAddressRange(address)?.text ?? null);
}

/**
 * Sees to it that what is asked for by keys has its entry in the audit log. What changes something writes the
 * entry itself, with its own commit; the trail writes those of calls that were refused, failed, changed
 * nothing, or whose outcome is not known. See docs/design/audit.md.
 */
export class AuditTrail {
  readonly #kept = new Set<Promise<void>>();
  readonly #refused = new LRUCache<string, TokenBucket>({ max: REMEMBERED_KEYS });
  readonly #fault: LastingFault;
  #stopped = false;

  constructor(private readonly deps: AuditTrailDeps) {
    this.#fault = new LastingFault(deps.timers);
  }

  /** Runs a mutation with its note, and closes the note if the mutation has not. */
  async mutation<T>(
    caller: Caller,
    { operation, subject, severalSteps }: Pick<AuditedCall, 'operation' | 'subject' | 'severalSteps'>,
    run: (note: AuditNote) => Promise<T>,
  ): Promise<T> {
    const note = this.deps.store.openNote({ ...this.#call(caller, operation, subject), severalSteps });
    try {
      const result = await run(note);
      if (note.state !== 'done') await this.#close(note, 'DONE', null);
      return result;
    } catch (error) {
      const { outcome, code } = outcomeOf(error, note);
      if (note.state !== 'done') await this.#close(note, outcome, code);
      throw error;
    }
  }

  /**
   * Runs a query, and writes that it was answered.
   * @throws TidingsError SERVICE_UNAVAILABLE if that cannot be written: nothing is read unseen
   */
  async read<T>(caller: Caller, operation: string, recipientOf: (answer: T) => string | null, run: () => Promise<T>): Promise<T> {
    const answer = await run();
    await this.deps.store.noteRead({ ...this.#call(caller, operation, { recipient: recipientOf(answer) }), severalSteps: false });
    return answer;
  }

  /** Waits a little for entries that are not written yet, and tries no more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#wait(Promise.all(this.#kept), LAST_ENTRIES_MS);
  }

  #call({ principal, request, requestId }: Caller, operation: string, subject: AuditSubject): Omit<AuditedCall, 'severalSteps'> {
    const { tenantId, keyId: apiKeyId, keyPrefix, keyName } = principal;
    const address = addressText(this.deps.addressOf(request));
    return { tenantId, apiKeyId, keyPrefix, keyName, operation, subject, address, requestId };
  }

  async #close(note: AuditNote, outcome: AuditOutcome, code: string | null): Promise<void> {
    if (this.#kept.size >= MAX_KEPT || (outcome === 'REFUSED' && !this.#hasRoom(note))) {
      const message = 'entries of the audit log are left out: there are too many that nothing was done for';
      if (this.#fault.isNews(message)) this.deps.logger.warn({ requestId: note.requestId }, message);
      return;
    }
    const written = this.#write(note, outcome, code).finally(() => this.#kept.delete(written));
    this.#kept.add(written);
    // The database is away: whoever waited for it so long need not wait for this, too.
    if (code === 'SERVICE_UNAVAILABLE') return;
    await this.#wait(written, PATIENCE_MS);
  }

  /** Waits a while. What is not written by then goes on without its caller. */
  async #wait(written: Promise<unknown>, ms: number): Promise<void> {
    await withTimeout(written, ms, () => new Error('later'), this.deps.timers).catch(() => {});
  }

  #hasRoom({ apiKeyId }: AuditNote): boolean {
    const now = this.deps.timers.now();
    const bucket = this.#refused.get(apiKeyId ?? '') ?? new TokenBucket(REFUSED_PER_SECOND, REFUSED_BURST, now);
    this.#refused.set(apiKeyId ?? '', bucket);
    return bucket.take(now);
  }

  async #write(note: AuditNote, outcome: AuditOutcome, code: string | null): Promise<void> {
    const { store, timers, logger } = this.deps;
    const backoff = new Backoff(RETRY, () => timers.random());
    for (;;) {
      try {
        return await store.closeNote(note, outcome, code);
      } catch (error) {
        const isAway = error instanceof TidingsError && error.code === 'SERVICE_UNAVAILABLE';
        if (!isAway || this.#stopped) {
          const { requestId, operation } = note;
          return logger.error({ requestId, operation, outcome, err: error }, 'an entry of the audit log could not be written');
        }
        await sleep(timers, backoff.next());
      }
    }
  }
}
