import type { LiveEvent } from '../../core/domain/live/live-event.js';
import { ANY, foldFirst } from '../../core/domain/live/topic-pattern.js';
import type { StreamRun } from '../../core/ports/event-stream.js';

/** Finds events by at most this many of a topic's first segments. */
const MAX_DEPTH = 4;

/**
 * Returns what stands before the first `*` of a pattern, in the form in which events are found by it; null if
 * the pattern begins with `*`. Its first segment is that of any case.
 */
export function beginningOf(pattern: readonly string[]): string | null {
  const any = pattern.indexOf(ANY);
  const literal = pattern.slice(0, any === -1 ? MAX_DEPTH : Math.min(any, MAX_DEPTH));
  return literal.length === 0 ? null : foldFirst(literal).join(':');
}

/**
 * Returns the beginnings of several patterns; null if one of them may match everything.
 * @param patterns segments of each
 */
export function beginningsOf(patterns: Iterable<readonly string[]>): readonly string[] | null {
  const beginnings = new Set<string>();
  for (const pattern of patterns) {
    const beginning = beginningOf(pattern);
    if (beginning === null) return null;
    beginnings.add(beginning);
  }
  return [...beginnings];
}

/** Calls `visit` with each beginning by which a topic is found. */
function eachBeginning(topic: string, visit: (beginning: string) => void): void {
  const first = topic.indexOf(':');
  const folded = first === -1 ? topic.toLowerCase() : topic.slice(0, first).toLowerCase() + topic.slice(first);
  let end = first;
  for (let depth = 1; end !== -1 && depth <= MAX_DEPTH; depth++) {
    visit(folded.slice(0, end));
    if (depth === MAX_DEPTH) return;
    end = folded.indexOf(':', end + 1);
  }
  visit(folded);
}

export interface FoundEvents {
  /** Events in order, more than match perhaps: those that begin as they were asked for. */
  events: LiveEvent[];
  /** Id up to which these are all. */
  upTo: string | null;
  /** True if more may follow. */
  more: boolean;
}

/** Keeps events of a tenant's stream that follow each other without a break, and finds them by topic. */
export class EventLog {
  #events: LiveEvent[] = [];
  #sizes: number[] = [];
  /** Number of the first event. Those before it have smaller ones, be it below zero. */
  #first = 0;
  /** Numbers of the events that begin so, in order. Some may be those of events that are kept no more. */
  readonly #byBeginning = new Map<string, number[]>();
  #forgotten = 0;
  #bytes = 0;
  /** True if the stream had more behind the last event when it was read. */
  more = false;

  /** @param after id of the event before the first; null: there was none */
  constructor(
    readonly run: StreamRun,
    private after: string | null,
  ) {}

  get bytes(): number {
    return this.#bytes;
  }

  /** Id of the event that everything here follows. */
  get start(): string | null {
    return this.after;
  }

  /** Id of the latest event. */
  get end(): string | null {
    return this.#events.at(-1)?.id ?? this.after;
  }

  /** True if everything between the event with this id and the end is here. */
  covers(id: string | null): boolean {
    return this.#numberAfter(id) !== null;
  }

  /** @param bytes size of all these events */
  append(events: readonly LiveEvent[], bytes: number): void {
    const size = bytes / Math.max(1, events.length);
    for (const event of events) {
      this.#index(event, this.#first + this.#events.length, this.#byBeginning);
      this.#events.push(event);
      this.#sizes.push(size);
    }
    this.#bytes += bytes;
  }

  /**
   * Puts events before those that are here.
   * @param after id of the event before the first of them
   */
  prepend(after: string | null, events: readonly LiveEvent[], bytes: number): void {
    const size = bytes / Math.max(1, events.length);
    const earlier = new Map<string, number[]>();
    this.#first -= events.length;
    for (const [i, event] of events.entries()) this.#index(event, this.#first + i, earlier);
    for (const [beginning, numbers] of earlier)
      this.#byBeginning.set(beginning, numbers.concat(this.#byBeginning.get(beginning) ?? []));
    this.#events = [...events, ...this.#events];
    this.#sizes = [...events.map(() => size), ...this.#sizes];
    this.#bytes += bytes;
    this.after = after;
  }

  /**
   * Finds events after one that the log covers.
   * @param beginnings see {@link beginningsOf}
   */
  find(id: string | null, beginnings: readonly string[] | null, limit: number): FoundEvents {
    const from = this.#numberAfter(id) ?? this.#first;
    const numbers = beginnings === null ? null : this.#numbers(from, beginnings, limit + 1);
    const found =
      numbers === null
        ? this.#events.slice(from - this.#first, from - this.#first + limit + 1)
        : numbers.map((number) => this.#events[number - this.#first] as LiveEvent);
    if (found.length <= limit) return { events: found, upTo: this.end, more: this.more };
    const events = found.slice(0, limit);
    return { events, upTo: events.at(-1)?.id ?? id, more: true };
  }

  /** Forgets the oldest events until no more than this are left. */
  trim(mostEvents: number, mostBytes: number): void {
    let count = 0;
    while (count < this.#events.length && (this.#events.length - count > mostEvents || this.#bytes > mostBytes)) {
      this.#bytes -= this.#sizes[count++] as number;
    }
    if (count === 0) return;
    this.after = this.#events[count - 1]?.id ?? this.after;
    this.#events = this.#events.slice(count);
    this.#sizes = this.#sizes.slice(count);
    this.#first += count;
    this.#forgotten += count;
    if (this.#forgotten > this.#events.length) this.#indexAnew();
  }

  #indexAnew(): void {
    this.#forgotten = 0;
    this.#byBeginning.clear();
    for (const [i, event] of this.#events.entries()) this.#index(event, this.#first + i, this.#byBeginning);
  }

  #index(event: LiveEvent, number: number, byBeginning: Map<string, number[]>): void {
    const add = (beginning: string) => {
      const numbers = byBeginning.get(beginning);
      if (numbers === undefined) byBeginning.set(beginning, [number]);
      else if (numbers.at(-1) !== number) numbers.push(number);
    };
    eachBeginning(event.topic, add);
    if (event.parent !== null) eachBeginning(event.parent, add);
  }

  #numbers(from: number, beginnings: readonly string[], limit: number): number[] {
    const found = new Set<number>();
    for (const beginning of beginnings) {
      const numbers = this.#byBeginning.get(beginning);
      if (numbers === undefined) continue;
      const start = placeIn(numbers, from);
      for (let i = start; i < numbers.length && i < start + limit; i++) found.add(numbers[i] as number);
    }
    return [...Int32Array.from(found).sort()].slice(0, limit);
  }

  /** Returns the number of the event after the one with this id; null if that one is not known. */
  #numberAfter(id: string | null): number | null {
    if (id === this.after) return this.#first;
    if (id === null) return null;
    let low = 0;
    let high = this.#events.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const at = (this.#events[middle] as LiveEvent).id;
      if (at === id) return this.#first + middle + 1;
      if (at < id) low = middle + 1;
      else high = middle - 1;
    }
    return null;
  }
}

/** Returns the place of the first number that is not smaller. */
function placeIn(numbers: readonly number[], from: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] as number) < from) low = middle + 1;
    else high = middle;
  }
  return low;
}
