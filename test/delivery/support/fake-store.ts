import { unavailable } from '../../../src/core/domain/errors.js';
import { globalRowId, recipientHash } from '../../../src/core/domain/message-ids.js';
import type { OutgoingMessage } from '../../../src/core/domain/outgoing-message.js';
import type { OwnLimits } from '../../../src/core/domain/tenant-limits.js';
import type { RecordedActivity } from '../../../src/core/ports/stores/activity-store.js';
import type {
  DeliveryStore,
  GlobalDelivery,
  HeldRecipient,
  HeldRevocation,
  PendingFound,
  PendingLook,
  PendingPage,
  PendingRequest,
  Receipt,
  Standing,
} from '../../../src/core/ports/stores/delivery-store.js';

export interface Row {
  tenantId: string;
  rowId: string;
  recipient: string;
  message: OutgoingMessage;
  status: 'PENDING' | 'DELIVERED' | 'CANCELLED';
  receipt: string | null;
  createdAt: number;
}

type Call = keyof DeliveryStore;

/** A store in memory at the seam, for interleavings that no database can be forced into: `before` and `after` run around each call. */
export class FakeStore implements DeliveryStore {
  readonly rows = new Map<string, Row>();
  readonly globals: Array<{ tenantId: string; message: OutgoingMessage; ended: boolean }> = [];
  readonly revocations: HeldRevocation[] = [];
  readonly inactive = new Set<string>();
  readonly limits = new Map<string, OwnLimits>();
  readonly recorded: GlobalDelivery[] = [];
  readonly settled: Receipt[] = [];
  readonly activity: RecordedActivity[] = [];
  readonly calls: Call[] = [];
  /** Looks at what is pending, as they were asked for. */
  readonly looks: PendingLook[] = [];
  /** What looks answer. */
  doubt = false;
  /** Writes of rows of globals that were called late. */
  late = 0;
  /** The database is away. */
  away = false;
  /** Awaited before the call looks at the data, and before its answer leaves. */
  before: Partial<Record<Call, () => void | Promise<void>>> = {};
  after: Partial<Record<Call, () => void | Promise<void>>> = {};
  #sequence = 0;

  constructor(private readonly now: () => number) {}

  nextId(): string {
    const time = this.now().toString(16).padStart(12, '0');
    const sequence = (++this.#sequence).toString(16).padStart(12, '0');
    return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${sequence}`;
  }

  /** Makes a message without telling anybody. */
  add(tenantId: string, recipient: string, text: string, over: Partial<OutgoingMessage> = {}): OutgoingMessage {
    const message: OutgoingMessage = {
      id: this.nextId(),
      message: text,
      topic: null,
      createdAt: this.now(),
      expiresAt: null,
      globalMessageId: null,
      ...over,
    };
    const { id: rowId, createdAt } = message;
    this.rows.set(rowId, { tenantId, rowId, recipient, message, status: 'PENDING', receipt: null, createdAt });
    return message;
  }

  addGlobal(tenantId: string, text: string, over: Partial<OutgoingMessage> = {}): OutgoingMessage {
    const id = this.nextId();
    const message = { id, message: text, topic: null, createdAt: this.now(), expiresAt: null, globalMessageId: id, ...over };
    this.globals.push({ tenantId, message, ended: false });
    return message;
  }

  row(message: OutgoingMessage, recipient?: string): Row | undefined {
    return this.rows.get(message.globalMessageId === null ? message.id : globalRowId(message.id, recipient ?? ''));
  }

  standing(tenantId: string, recipient: string): Promise<Standing> {
    return this.#call('standing', () => {
      const hash = recipientHash(recipient);
      const numbers = this.revocations.filter((one) => one.tenantId === tenantId && [hash, null].includes(one.recipientHash));
      const revocation = Math.max(0, ...numbers.map((one) => one.number));
      return { tenantActive: !this.inactive.has(tenantId), revocation, limits: this.limits.get(tenantId) ?? null };
    });
  }

  pending({ tenantId, recipient, topic, after, limit, maxBytes }: PendingRequest): Promise<PendingPage> {
    return this.#call('pending', () => {
      const due = [...this.rows.values()]
        .filter((row) => row.tenantId === tenantId && row.recipient === recipient && this.#isPending(row))
        .filter(({ message }) => message.topic === null || message.topic === topic)
        .filter((row) => after === null || row.rowId > after)
        .sort((a, b) => (a.rowId < b.rowId ? -1 : 1));
      let bytes = 0;
      const page = due.slice(0, limit).filter((row, i) => {
        bytes += Buffer.byteLength(row.message.message);
        return i === 0 || bytes <= maxBytes;
      });
      return { messages: page.map(({ rowId, message }) => ({ rowId, message })), more: page.length < due.length };
    });
  }

  findSendable(tenantId: string, id: string): Promise<OutgoingMessage | null> {
    return this.#call('findSendable', () => {
      const row = this.rows.get(id);
      return row?.tenantId === tenantId && this.#isSendable(row) ? row.message : null;
    });
  }

  unsentGlobals(tenantId: string, recipient: string, topic: string | null): Promise<OutgoingMessage[]> {
    return this.#call('unsentGlobals', () =>
      this.#running(tenantId)
        .filter((message) => message.expiresAt !== null && (message.topic === null || message.topic === topic))
        .filter((message) => !this.row(message, recipient)),
    );
  }

  findGlobal(tenantId: string, id: string): Promise<OutgoingMessage | null> {
    return this.#call('findGlobal', () => this.#running(tenantId).find((message) => message.id === id) ?? null);
  }

  globalsSince(tenantIds: readonly string[], since: Date) {
    return this.#call('globalsSince', () =>
      tenantIds.flatMap((tenantId) =>
        this.#running(tenantId)
          .filter((message) => message.createdAt >= since.getTime())
          .map((message) => ({ tenantId, message })),
      ),
    );
  }

  settle(receipts: readonly Receipt[]): Promise<void> {
    return this.#call('settle', () => {
      for (const receipt of receipts) {
        this.settled.push(receipt);
        this.#receive(this.rows.get(receipt.rowId), receipt.kind);
      }
    });
  }

  recordGlobals(deliveries: readonly GlobalDelivery[], late = false): Promise<void> {
    return this.#call('recordGlobals', () => {
      if (late) this.late++;
      for (const delivery of deliveries) {
        this.recorded.push(delivery);
        const { tenantId, globalMessageId, recipient, receipt } = delivery;
        const rowId = globalRowId(globalMessageId, recipient);
        const found = this.globals.find((one) => one.message.id === globalMessageId);
        if (!found || found.ended) continue;
        const { message } = found;
        if (!this.rows.has(rowId)) {
          this.rows.set(rowId, {
            tenantId,
            rowId,
            recipient,
            message,
            status: 'PENDING',
            receipt: null,
            createdAt: message.createdAt,
          });
        }
        if (receipt) this.#receive(this.rows.get(rowId), receipt.kind);
      }
    });
  }

  recordActivity(activity: readonly RecordedActivity[]): Promise<void> {
    return this.#call('recordActivity', () => {
      this.activity.push(...activity);
    });
  }

  findPending(look: PendingLook): Promise<PendingFound> {
    return this.#call('findPending', () => {
      this.looks.push(look);
      const held = look.held();
      const pending = new Map<string, HeldRecipient>();
      for (const row of this.rows.values()) {
        const { tenantId, recipient, createdAt } = row;
        if (!held.has(tenantId, recipient) || !this.#isPending(row) || this.now() - createdAt < look.minAgeMs) continue;
        pending.set(`${tenantId}:${recipient}`, { tenantId, recipient });
      }
      const watermark = { from: 0, underWay: new Map(), fence: 0n, now: 0, answeredAt: 0, lateRows: '' };
      return { pending: [...pending.values()], watermark, doubt: this.doubt };
    });
  }

  revocationsSince(tenantIds: readonly string[], _since: Date) {
    return this.#call('revocationsSince', () => ({
      revocations: this.revocations.filter((one) => tenantIds.includes(one.tenantId)),
      inactiveTenants: tenantIds.filter((tenantId) => this.inactive.has(tenantId)),
    }));
  }

  #running(tenantId: string): OutgoingMessage[] {
    return this.globals
      .filter((one) => one.tenantId === tenantId && !one.ended)
      .map((one) => one.message)
      .filter((message) => message.expiresAt === null || message.expiresAt > this.now());
  }

  #isPending({ status, message }: Row): boolean {
    return status === 'PENDING' && (message.expiresAt === null || message.expiresAt > this.now());
  }

  #isSendable({ status, message }: Row): boolean {
    return status !== 'CANCELLED' && (message.expiresAt === null || message.expiresAt > this.now());
  }

  #receive(row: Row | undefined, kind: string): void {
    if (row?.status !== 'PENDING') return;
    row.status = 'DELIVERED';
    row.receipt = kind;
  }

  async #call<T>(name: Call, run: () => T): Promise<T> {
    this.calls.push(name);
    await this.before[name]?.();
    if (this.away) throw unavailable('the database is away');
    const result = run();
    await this.after[name]?.();
    return result;
  }
}
