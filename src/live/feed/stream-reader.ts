import type { EventStream } from '../../core/ports/event-stream.js';
import type { Timers } from '../../lib/time/timers.js';
import { type ReadEvents, TenantReader } from './tenant-reader.js';

interface StreamReaderDeps {
  stream: Pick<EventStream, 'after'>;
  timers: Pick<Timers, 'now' | 'after'>;
  limits?: Partial<ReaderLimits>;
}

export interface ReaderLimits {
  /** Bounds the events of one tenant that are kept. */
  events: number;
  /** Bounds what is kept of all tenants, in bytes of JSON; in memory it is some three times as much. */
  bytes: number;
  /** Forgets what nobody has asked for during this time, in milliseconds. */
  idleMs: number;
}

const DEFAULT_LIMITS: ReaderLimits = { events: 10_000, bytes: 32 * 1024 * 1024, idleMs: 10_000 };

interface Entry {
  readonly reader: TenantReader;
  askedAt: number;
  /** Bytes of it that are in the sum. */
  counted: number;
}

/**
 * Reads the streams for all connections of a node. When many of a tenant's clients come back at once, what
 * they missed is read once and found by topic. See docs/design/live-streams.md.
 */
export class StreamReader {
  /** Holds readers by tenant; the one that was asked least recently comes first. */
  readonly #readers = new Map<string, Entry>();
  readonly #limits: ReaderLimits;
  #bytes = 0;
  #cancelTidying: (() => void) | null = null;

  constructor(private readonly deps: StreamReaderDeps) {
    this.#limits = { ...DEFAULT_LIMITS, ...deps.limits };
  }

  /**
   * Reads a page of what follows an event; nothing that came before the call is left out.
   * @param beginnings those of the topics that are wanted (see `beginningsOf`); null: all
   * @throws TidingsError SERVICE_UNAVAILABLE
   */
  async after(tenantId: string, id: string | null, beginnings: readonly string[] | null): Promise<ReadEvents> {
    const { stream, timers } = this.deps;
    const entry = this.#readers.get(tenantId) ?? { reader: new TenantReader(tenantId, stream), askedAt: 0, counted: 0 };
    entry.askedAt = timers.now();
    this.#readers.delete(tenantId);
    this.#readers.set(tenantId, entry);
    this.#tidyLater();
    try {
      return await entry.reader.after(id, beginnings);
    } finally {
      if (this.#readers.get(tenantId) === entry) this.#bound(entry);
    }
  }

  close(): void {
    this.#cancelTidying?.();
    this.#readers.clear();
  }

  #bound(entry: Entry): void {
    const { events, bytes } = this.#limits;
    entry.reader.trim(events, bytes);
    this.#count(entry);
    for (const [tenantId, other] of this.#readers) {
      if (this.#bytes <= bytes) return;
      if (other !== entry && other.reader.isIdle) this.#forget(tenantId, other);
    }
    if (this.#bytes <= bytes) return;
    // Those that are being read at the moment are not forgotten, so this one is made smaller.
    entry.reader.trim(events, Math.max(0, entry.counted - (this.#bytes - bytes)));
    this.#count(entry);
  }

  #count(entry: Entry): void {
    this.#bytes += entry.reader.bytes - entry.counted;
    entry.counted = entry.reader.bytes;
  }

  #forget(tenantId: string, { counted }: Entry): void {
    this.#bytes -= counted;
    this.#readers.delete(tenantId);
  }

  #tidyLater(): void {
    this.#cancelTidying ??= this.deps.timers.after(this.#limits.idleMs, () => {
      this.#cancelTidying = null;
      const before = this.deps.timers.now() - this.#limits.idleMs;
      for (const [tenantId, entry] of this.#readers)
        if (entry.askedAt <= before && entry.reader.isIdle) this.#forget(tenantId, entry);
      if (this.#readers.size > 0) this.#tidyLater();
    });
  }
}
