import type { Activity } from '../../../src/core/domain/activity.js';
import type { AuditNote } from '../../../src/core/domain/audit.js';
import { TidingsError } from '../../../src/core/domain/errors.js';
import type { GlobalMessage, Message, MessageCounts } from '../../../src/core/domain/message.js';
import type { ActivityStore, LastActivity, RecipientAt } from '../../../src/core/ports/stores/activity-store.js';
import type { ApiKeyRecord } from '../../../src/core/ports/stores/api-key-store.js';
import type { KeyRevocation, MadeKey, ManagedKeyStore } from '../../../src/core/ports/stores/managed-key-store.js';
import type { GlobalPushCall, Idempotency, PushCall, PushEntry, PushStore } from '../../../src/core/ports/stores/push-store.js';
import type { MessageQuery, QueryStore, TimeRange } from '../../../src/core/ports/stores/query-store.js';
import type { CancelSelection, RecallStore } from '../../../src/core/ports/stores/recall-store.js';
import type { RevocationStore } from '../../../src/core/ports/stores/revocation-store.js';
import type { UsageCounts, UsageQuery, UsageStore } from '../../../src/core/ports/stores/usage-store.js';
import { MemoryWebhooks } from './memory-webhooks.js';

type Stored<T> = T & { tenantId: string };

let sequence = 0;
/** Ids that sort by creation, as those of the database do. */
const newId = () => {
  sequence++;
  return `01890000-0000-7000-8000-${sequence.toString(16).padStart(12, '0')}`;
};

const within = (time: Date | null, range: TimeRange | null | undefined) =>
  range == null || (time !== null && (range.from === null || time >= range.from) && (range.to === null || time <= range.to));

const HOUR_MS = 60 * 60 * 1000;

const noCounts = (): UsageCounts => ({
  ...{ accepted: 0, acceptedBytes: 0, delivered: 0, recalled: 0, expired: 0, globals: 0 },
  ...{ liveEvents: 0, connects: 0, refused: 0, webhookAttempts: 0, peakConnections: 0, times: { buckets: [], counts: [] } },
});

/** A fake at the seam to the database: just enough of its promises to see what the API does with them. */
export class MemoryStore
  extends MemoryWebhooks
  implements
    PushStore,
    QueryStore,
    RecallStore,
    RevocationStore,
    ManagedKeyStore,
    Pick<UsageStore, 'usageOf'>,
    Omit<ActivityStore, 'recordActivity'>
{
  readonly keys: ApiKeyRecord[] = [];
  readonly messages: Array<Stored<Message>> = this.known;
  readonly globals: Array<Stored<GlobalMessage>> = [];
  readonly revocations: Array<{ tenantId: string; recipient: string; number: number }> = [];
  /** What is known of recipients, the oldest first. */
  readonly activity: Array<Stored<Activity & { recipient: string }>> = [];
  readonly answers = new Map<string, { inputHash: Buffer; answer: PushEntry[] | GlobalMessage }>();
  /** Thrown by the next call, whichever it is. */
  failure: unknown = null;
  /** Calls that came in, by name. */
  readonly calls: string[] = [];

  #enter(call: string): void {
    this.calls.push(call);
    if (this.failure) throw this.failure;
  }

  async replay(tenantId: string, { key, inputHash }: Idempotency) {
    this.#enter('replay');
    const earlier = this.answers.get(`${tenantId}:${key}`);
    if (!earlier) return null;
    if (!earlier.inputHash.equals(inputHash))
      throw new TidingsError('IDEMPOTENCY_CONFLICT', 'this key was used with other input');
    return earlier.answer;
  }

  async push(call: PushCall) {
    this.#enter('push');
    const entries: PushEntry[] = call.refused.map(({ index, error }) => ({ index, item: null, error }));
    for (const { index, recipient } of call.recipients) {
      const item: Message = {
        id: newId(),
        recipient,
        message: call.message,
        topic: call.topic,
        status: 'PENDING',
        receipt: null,
        cancelReason: null,
        expiresAt: call.expiresAt,
        createdAt: new Date(),
        deliveredAt: null,
        cancelledAt: null,
        globalMessageId: null,
        deliveredTo: null,
      };
      this.messages.push({ ...item, tenantId: call.tenantId });
      entries.push({ index, item, error: null });
    }
    entries.sort((a, b) => a.index - b.index);
    this.#remember(call, entries);
    return { entries, replayed: false };
  }

  async pushGlobal(call: GlobalPushCall) {
    this.#enter('pushGlobal');
    const { message, topic, expiresAt } = call;
    const item: GlobalMessage = { id: newId(), message, topic, expiresAt, createdAt: new Date(), cancelledAt: null };
    this.globals.push({ ...item, tenantId: call.tenantId });
    this.#remember(call, item);
    return { item, replayed: false };
  }

  #remember({ tenantId, idempotency }: PushCall | GlobalPushCall, answer: PushEntry[] | GlobalMessage): void {
    if (idempotency) this.answers.set(`${tenantId}:${idempotency.key}`, { inputHash: idempotency.inputHash, answer });
  }

  async findMessage(tenantId: string, id: string) {
    this.#enter('findMessage');
    return this.messages.find((message) => message.tenantId === tenantId && message.id === id) ?? null;
  }

  async listMessages(tenantId: string, query: MessageQuery, after: string | null, limit: number) {
    this.#enter('listMessages');
    return page(this.#matching(tenantId, query), after, limit);
  }

  #matching(tenantId: string, query: MessageQuery): Array<Stored<Message>> {
    return this.messages
      .filter((message) => message.tenantId === tenantId)
      .filter((message) =>
        (['recipient', 'globalMessageId', 'topic', 'status', 'receipt', 'cancelReason'] as const).every(
          (key) => query[key] == null || message[key] === query[key],
        ),
      )
      .filter((message) => (['createdAt', 'expiresAt', 'deliveredAt'] as const).every((key) => within(message[key], query[key])));
  }

  async countMessages(tenantId: string, query: MessageQuery): Promise<MessageCounts> {
    this.#enter('countMessages');
    return countsOf(this.#matching(tenantId, query));
  }

  async countGlobalRows(tenantId: string, ids: readonly string[]) {
    this.#enter('countGlobalRows');
    const rows = this.messages.filter((message) => message.tenantId === tenantId);
    return new Map(ids.map((id) => [id, countsOf(rows.filter(({ globalMessageId }) => globalMessageId === id))]));
  }

  async listGlobalMessages(
    tenantId: string,
    query: { topic: string | null; createdAt: TimeRange | null; expiresAt: TimeRange | null },
    after: string | null,
    limit: number,
  ) {
    this.#enter('listGlobalMessages');
    const all = this.globals
      .filter((global) => global.tenantId === tenantId && (query.topic === null || global.topic === query.topic))
      .filter((global) => within(global.createdAt, query.createdAt) && within(global.expiresAt, query.expiresAt));
    return page(all, after, limit);
  }

  async cancel(tenantId: string, selection: CancelSelection, note?: AuditNote | null) {
    this.#enter('cancel');
    this.writeWith(note);
    const matching = this.messages.filter(
      (message) =>
        message.tenantId === tenantId &&
        message.status === 'PENDING' &&
        (selection.ids === null || selection.ids.includes(message.id)) &&
        (selection.recipient === null || message.recipient === selection.recipient) &&
        (selection.topic === null || message.topic === selection.topic) &&
        (selection.globalMessageId === null || message.globalMessageId === selection.globalMessageId),
    );
    for (const message of matching) {
      Object.assign(message, { status: 'CANCELLED', cancelReason: 'RECALLED', cancelledAt: new Date() });
    }
    const globalAlone = selection.globalMessageId !== null && !selection.ids && !selection.recipient && !selection.topic;
    return { cancelled: matching.length, complete: true, ids: matching.map(({ id }) => id), globalEnded: globalAlone };
  }

  async readRevocation(tenantId: string, recipient: string) {
    this.#enter('readRevocation');
    const latest = this.revocations.findLast(
      (revocation) => revocation.tenantId === tenantId && revocation.recipient === recipient,
    );
    return { number: latest?.number ?? 0, now: new Date() };
  }

  async revoke(tenantId: string, recipient: string, _tokenTtlMs?: number, note?: AuditNote | null) {
    this.#enter('revoke');
    this.writeWith(note);
    const number = this.revocations.length + 1;
    this.revocations.push({ tenantId, recipient, number });
    return { number, revokedAt: new Date() };
  }

  async erase(tenantId: string, recipient: string, tokenTtlMs?: number, note?: AuditNote | null) {
    this.#enter('erase');
    const { number } = await this.revoke(tenantId, recipient, tokenTtlMs, note);
    const doomed = this.messages.filter((message) => message.tenantId === tenantId && message.recipient === recipient);
    for (const message of doomed) this.messages.splice(this.messages.indexOf(message), 1);
    if (note) await this.closeNote(note, 'DONE', null);
    return { number, erased: doomed.length };
  }

  async usageOf(tenantId: string, { firstHour, hoursPerStep, steps }: UsageQuery) {
    this.#enter('usageOf');
    const found = new Array<UsageCounts | null>(steps).fill(null);
    const at = (time: Date | null, count: (counts: UsageCounts) => void) => {
      const step = time === null ? -1 : Math.floor((time.getTime() / HOUR_MS - firstHour) / hoursPerStep);
      if (step < 0 || step >= steps) return;
      found[step] ??= noCounts();
      count(found[step]);
    };
    for (const message of this.messages.filter((one) => one.tenantId === tenantId)) {
      at(message.createdAt, (counts) => {
        counts.accepted++;
        counts.acceptedBytes += Buffer.byteLength(message.message);
      });
      at(message.status === 'DELIVERED' ? message.deliveredAt : null, (counts) => counts.delivered++);
      at(message.cancelledAt, (counts) => counts[message.cancelReason === 'EXPIRED' ? 'expired' : 'recalled']++);
    }
    for (const global of this.globals.filter((one) => one.tenantId === tenantId))
      at(global.createdAt, (counts) => counts.globals++);
    return found;
  }

  async findOwnKey(tenantId: string, id: string) {
    this.#enter('findOwnKey');
    const apiKey = this.keys.find((key) => key.tenantId === tenantId && key.id === id);
    return apiKey ? { apiKey, tenant: `tenant ${tenantId}` } : null;
  }

  async listKeys(tenantId: string) {
    this.#enter('listKeys');
    return this.keys.filter((key) => key.tenantId === tenantId);
  }

  async makeKey({ maker, prefix, name, scope, expiresAt }: MadeKey, note?: AuditNote | null) {
    this.#enter('makeKey');
    this.writeWith(note);
    const key: ApiKeyRecord = {
      ...{ id: newId(), tenantId: maker.tenantId, prefix, name, role: null, scope, createdBy: maker.keyId, bootstrap: false },
      ...{ createdAt: new Date(), expiresAt, revokedAt: null, lastUsedAt: null },
    };
    this.keys.push(key);
    return key;
  }

  async revokeOwnKey({ tenantId, id, at, descendants }: KeyRevocation, note?: AuditNote | null) {
    this.#enter('revokeOwnKey');
    this.writeWith(note);
    const key = this.keys.find((one) => one.tenantId === tenantId && one.id === id);
    if (!key) return null;
    const made = descendants ? this.keys.filter(({ createdBy }) => createdBy === id) : [];
    for (const one of [key, ...made]) one.revokedAt ??= at ?? new Date();
    return key;
  }

  #activityOf(tenantId: string, recipient: string): Activity[] {
    return this.activity.filter((one) => one.tenantId === tenantId && one.recipient === recipient);
  }

  async listActivity(tenantId: string, recipient: string, after: string | null, limit: number) {
    this.#enter('listActivity');
    return page(this.#activityOf(tenantId, recipient), after, limit);
  }

  async lastActivity(tenantId: string, recipients: readonly RecipientAt[]) {
    this.#enter('lastActivity');
    return recipients.map(({ recipient, at }): LastActivity => {
      const known = this.#activityOf(tenantId, recipient).filter((one) => at === null || one.at <= at);
      const passages = known.filter(({ kind }) => kind !== 'REFUSED');
      const refused = known.findLast(({ kind }) => kind === 'REFUSED');
      const ended = new Set(passages.flatMap(({ kind, connectionId }) => (kind === 'DISCONNECTED' ? [connectionId] : [])));
      return {
        seenAt: passages.at(-1)?.at ?? null,
        open: passages.flatMap(({ kind, id, topic }) => (kind === 'CONNECTED' && !ended.has(id) ? [topic] : [])),
        refusal: refused?.reason ? { ...refused, at: refused.lastAt, reason: refused.reason } : null,
      };
    });
  }

  async connectionFacts(tenantId: string, connections: ReadonlyArray<{ recipient: string; connectionId: string }>) {
    this.#enter('connectionFacts');
    const found = connections.flatMap(({ recipient, connectionId }) =>
      this.#activityOf(tenantId, recipient).filter(({ id }) => id === connectionId),
    );
    return new Map(
      found.map(({ id, at, topic, protocol, sourceIp, origin, userAgent }) => [
        id,
        { since: at, topic, protocol, sourceIp, origin, userAgent },
      ]),
    );
  }

  async recipientsBeginning(tenantId: string, beginning: string, limit: number) {
    this.#enter('recipientsBeginning');
    const names = this.messages.filter((message) => message.tenantId === tenantId).map(({ recipient }) => recipient);
    return [...new Set(names)]
      .filter((name) => name.startsWith(beginning))
      .sort()
      .slice(0, limit);
  }

  async pendingOf(tenantId: string, recipient: string) {
    this.#enter('pendingOf');
    return this.#rowsOf(tenantId, recipient).filter(({ status }) => status === 'PENDING').length;
  }

  async awaitedGlobals(tenantId: string, recipient: string) {
    this.#enter('awaitedGlobals');
    const rows = this.#rowsOf(tenantId, recipient);
    return this.globals.filter(
      (global) =>
        global.tenantId === tenantId &&
        global.expiresAt !== null &&
        global.cancelledAt === null &&
        !rows.some(({ globalMessageId }) => globalMessageId === global.id),
    );
  }

  #rowsOf(tenantId: string, recipient: string) {
    return this.messages.filter((message) => message.tenantId === tenantId && message.recipient === recipient);
  }

  /** All that a call could have changed. */
  get contents(): string {
    return JSON.stringify([this.messages, this.globals, this.revocations, this.keys, [...this.answers.keys()]]);
  }
}

function countsOf(messages: readonly Message[]): MessageCounts {
  const count = (status: Message['status']) => messages.filter((message) => message.status === status).length;
  return { pending: count('PENDING'), delivered: count('DELIVERED'), cancelled: count('CANCELLED'), exact: true };
}

function page<T extends { id: string }>(all: readonly T[], after: string | null, limit: number) {
  const rest = [...all].sort((a, b) => (a.id < b.id ? 1 : -1)).filter(({ id }) => after === null || id < after);
  const items = rest.slice(0, limit);
  return { items, next: rest.length > limit ? (items.at(-1)?.id ?? null) : null };
}
