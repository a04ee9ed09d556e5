import type { AuditEntry, AuditedCall, AuditNote, AuditOutcome } from '../../../src/core/domain/audit.js';
import type { AuditQuery, AuditStore } from '../../../src/core/ports/stores/audit-store.js';
import type { Page } from '../../../src/core/ports/stores/query-store.js';
import { recipientHmac, subjectText } from '../../../src/store/audit/audit-subject.js';

type Kept = AuditEntry & { recipient: string | null; once: string | null };

const HOUR_MS = 3_600_000;
const KEY = Buffer.alloc(32, 'a key of the tests');
let sequence = 0;
const newId = () => {
  const time = Date.now().toString(16).padStart(12, '0');
  sequence++;
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${sequence.toString(16).padStart(12, '0')}`;
};

/** The audit log in memory, with the promises of the real one but that of a common commit. */
export class MemoryAudit implements AuditStore {
  readonly entries: Kept[] = [];
  /** Thrown by every write of an entry on its own while set. */
  auditFailure: unknown = null;

  openNote(call: AuditedCall): AuditNote {
    return { ...call, id: newId(), state: 'open' };
  }

  /** For what changes something: writes the entry with it. */
  protected writeWith(note: AuditNote | null | undefined): void {
    if (note?.state !== 'open') return;
    this.#keep(note, note.id, note.severalSteps ? 'UNKNOWN' : 'DONE', null);
    note.state = note.severalSteps ? 'begun' : 'done';
  }

  async closeNote(note: AuditNote, outcome: AuditOutcome, code: string | null): Promise<void> {
    if (this.auditFailure) throw this.auditFailure;
    const written = this.entries.find(({ id }) => id === note.id);
    if (written?.outcome === 'UNKNOWN') Object.assign(written, { outcome, code });
    if (!written) this.#keep(note, note.id, outcome, code);
    if (outcome === 'DONE') note.state = 'done';
  }

  async noteRead(call: AuditedCall): Promise<void> {
    if (this.auditFailure) throw this.auditFailure;
    const once = `${call.apiKeyId}:${call.operation}:${call.subject.recipient}:${Math.floor(Date.now() / HOUR_MS)}`;
    if (!this.entries.some((entry) => entry.once === once)) this.#keep(call, newId(), 'DONE', null, once);
  }

  #keep(call: AuditedCall, id: string, outcome: AuditOutcome, code: string | null, once: string | null = null): void {
    const { tenantId, apiKeyId, keyPrefix, keyName, operation, subject, address, requestId } = call;
    this.entries.push({
      ...{ id, at: new Date(), tenantId: tenantId ?? '', apiKeyId, keyPrefix, keyName, operation, address, requestId },
      ...{ subject: subjectText(subject, recipientHmac(KEY, subject)), outcome, code, once },
      recipient: subject.recipient ?? null,
    });
  }

  async listEntries(tenantId: string, query: AuditQuery, after: string | null, limit: number): Promise<Page<AuditEntry>> {
    return this.#list((entry) => entry.tenantId === tenantId && (query.recipient ?? entry.recipient) === entry.recipient, {
      ...{ query, after, limit },
    });
  }

  async listAllEntries(query: Omit<AuditQuery, 'recipient'>, after: string | null, limit: number): Promise<Page<AuditEntry>> {
    return this.#list(() => true, { query, after, limit });
  }

  #list(
    isWanted: (entry: Kept) => boolean,
    { query, after, limit }: { query: Omit<AuditQuery, 'recipient'>; after: string | null; limit: number },
  ): Page<AuditEntry> {
    const { at, apiKeyId, operation } = query;
    const all = this.entries
      .filter(isWanted)
      .filter((entry) => (apiKeyId ?? entry.apiKeyId) === entry.apiKeyId && (operation ?? entry.operation) === entry.operation)
      .filter((entry) => (at?.from ?? entry.at) <= entry.at && (at?.to ?? entry.at) >= entry.at)
      .filter(({ id }) => after === null || id < after)
      .sort((a, b) => (a.id < b.id ? 1 : -1));
    const items = all.slice(0, limit);
    return { items, next: all.length > limit ? (items.at(-1)?.id ?? null) : null };
  }
}
