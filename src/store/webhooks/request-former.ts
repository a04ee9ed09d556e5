import { bytesInBatch, EMPTY_BATCH_BYTES, MAX_BODY_BYTES, type ToldEvent } from '../../core/domain/webhook/webhook-body.js';

type NumberedEvent = ToldEvent & { readonly number: number };

/** An event that a webhook is to be told of. */
export interface Candidate {
  readonly told: NumberedEvent;
  /** A former event of its message was on its way: it goes alone, whether or not that is still so. */
  readonly behind: boolean;
  /** It is so old that its batch must not wait for more. */
  readonly ripe: boolean;
}

/** Events that go out together. */
export interface FormedRequest {
  readonly requestId: string;
  readonly told: readonly NumberedEvent[];
  /** It waits for another of these requests. Whether it waits for one of the queue, the queue knows. */
  readonly behind: boolean;
}

interface Forming {
  /** 1: each event is a request. */
  readonly maxBatch: number;
  /** Makes at most so many requests. */
  readonly limit: number;
  newId(): string;
}

interface Request extends FormedRequest {
  readonly told: NumberedEvent[];
}

interface OpenBatch {
  readonly request: Request;
  /** How many requests there were before it. */
  readonly place: number;
  readonly ripe: boolean;
  bytes: number;
}

interface Formed {
  requests: readonly FormedRequest[];
  /** Number of the first event that is left for later; null if none is. */
  left: number | null;
}

/**
 * Divides events into requests, in their order. One whose message has a former event on its way, or in the
 * same batch, goes alone.
 */
export function formRequests(candidates: readonly Candidate[], forming: Forming): Formed {
  const former = new RequestFormer(forming);
  for (const candidate of candidates) {
    if (!former.take(candidate)) return { requests: former.requests, left: candidate.told.number };
  }
  return former.end();
}

class RequestFormer {
  readonly requests: Request[] = [];
  readonly #seen = new Set<string>();
  #open: OpenBatch | null = null;

  constructor(private readonly forming: Forming) {}

  /** Returns false if there is no room for the event. */
  take({ told, behind: isBehind, ripe }: Candidate): boolean {
    const { maxBatch, limit, newId } = this.forming;
    const { messageId } = told.event;
    const behind = this.#seen.has(messageId);
    const isAlone = isBehind || behind;
    const bytes = maxBatch > 1 ? bytesInBatch(told) : 0;
    if (!isAlone && this.#join(told, bytes)) return true;
    if (this.requests.length === limit) return false;
    this.#seen.add(messageId);
    const request = { requestId: newId(), told: [told], behind };
    this.requests.push(request);
    if (maxBatch > 1 && !isAlone) {
      this.#open = { request, place: this.requests.length - 1, ripe, bytes: EMPTY_BATCH_BYTES + bytes };
    }
    return true;
  }

  /** The last batch may have room, and time: then it waits, with all that came behind its first event. */
  end(): Formed {
    const open = this.#open;
    const waits = open !== null && !open.ripe && open.request.told.length < this.forming.maxBatch;
    if (open === null || !waits) return { requests: this.requests, left: null };
    return { requests: this.requests.slice(0, open.place), left: open.request.told[0]?.number ?? null };
  }

  #join(told: NumberedEvent, bytes: number): boolean {
    const open = this.#open;
    if (open === null || open.request.told.length >= this.forming.maxBatch || open.bytes + bytes > MAX_BODY_BYTES) return false;
    this.#seen.add(told.event.messageId);
    open.request.told.push(told);
    open.bytes += bytes;
    return true;
  }
}
