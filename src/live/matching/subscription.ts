import { type Selection, selectionKey, unite } from '../../core/domain/live/field-selection.js';
import { canonicalJson, type Json, type JsonObject, jsonEqual } from '../../core/domain/live/json.js';
import type { LiveEvent } from '../../core/domain/live/live-event.js';
import { foldFirst, matches, type Part, partOfPattern } from '../../core/domain/live/topic-pattern.js';
import type { CelCondition } from './cel-condition.js';
import type { EventDispatch, Via } from './event-dispatch.js';
import type { Indexed } from './subscription-index.js';

/** Holds what all patterns of one command have in common. */
export interface SubscriptionOptions {
  readonly exact: boolean;
  readonly folded: boolean;
  readonly types: readonly string[] | null;
  readonly where: JsonObject | null;
  readonly condition: CelCondition | null;
  readonly fields: Selection | null;
  /** Names the alert rule that it stands for, by its code. */
  readonly alert: string | null;
  /** Length of all this as it was written. */
  readonly chars: number;
}

/** Asks for every event that the pattern matches. Most subscriptions ask for no more and share this. */
const ALL_OPTIONS: SubscriptionOptions = {
  exact: false,
  folded: false,
  types: null,
  where: null,
  condition: null,
  fields: null,
  alert: null,
  chars: 0,
};

/** Returns the options, or the shared object if none is set. */
export const sharedOptions = (options: SubscriptionOptions): SubscriptionOptions =>
  Object.values(options).some(Boolean) ? options : ALL_OPTIONS;

/** Receives the events that its subscriptions match: a connection, as the index and the feed see it. */
export interface Subscriber {
  /** Selects fields for all its subscriptions; undefined where each has fields of its own. */
  readonly selected: Selection | null | undefined;
  /** Notes that one of its subscriptions matches the event in dispatch. Returns true for the first. */
  stage(subscription: Subscription, via: Via): boolean;
  /** Takes the event for the subscriptions that were staged. */
  passStaged(dispatch: EventDispatch): void;
  /** Learns that events may have been lost that these patterns match. */
  gap(topics: readonly string[]): void;
}

/** Tells which events a catch-up has read from the stream and sent. */
interface ReadRange {
  /** The range begins after the event with this id. */
  readonly after: string;
  /** The range ends with the event with this id. */
  readonly upTo: string;
  /** Ids within the range that were not sent, because another subscription is live and will get them. */
  readonly left: ReadonlySet<string>;
}

/** Follows one pattern for a connection. */
export class Subscription implements Indexed {
  readonly types: readonly string[] | null;
  /** Gets the events after this id; null: all. */
  from: string | null = null;
  /** Remembers what a catch-up sent, so that an event which arrives late is not sent again. */
  read: ReadRange | null = null;
  /** Every matching event after this id was sent, or will be; null: every one. */
  covers: string | null = null;
  /**
   * Notes how far its part had come when the subscription began to catch up. Matching events from `covers` to
   * this id had been sent by then.
   */
  liveUpTo: string | null = null;
  /** Takes the events of now while the subscription catches up. */
  catchingUp: { hold(dispatch: EventDispatch): void; lost(): void } | null = null;

  constructor(
    readonly subscriber: Subscriber,
    readonly pattern: string,
    readonly options: SubscriptionOptions,
  ) {
    this.types = options.types?.map((type) => (options.folded ? type.toLowerCase() : type)) ?? null;
  }

  // Neither segments nor part are kept: they are seldom asked for, and 100,000 lists of strings take much
  // memory.
  get segments(): readonly string[] {
    const segments = this.pattern.split(':');
    return this.options.folded ? foldFirst(segments) : segments;
  }

  get part(): Part {
    return partOfPattern(this.segments);
  }

  /** Returns the pattern in the form in which it is looked up. */
  get path(): string {
    return this.options.folded ? this.segments.join(':') : this.pattern;
  }

  /** Returns a text that is the same for equal options. */
  get optionsKey(): string {
    const { exact, folded, where, condition, fields, alert } = this.options;
    if (this.options === ALL_OPTIONS) return '';
    const types = this.types ? [...new Set(this.types)].sort() : null;
    return JSON.stringify([
      exact,
      folded,
      types,
      where && canonicalJson(where),
      condition?.text,
      fields && selectionKey(fields),
      alert,
    ]);
  }

  get exact(): boolean {
    return this.options.exact;
  }

  get where(): JsonObject | null {
    return this.options.where;
  }

  /** Returns true if the subscription is still to get the event, provided that it matches. */
  awaits(id: string): boolean {
    if (this.from !== null && id <= this.from) return false;
    return !this.hasRead(id);
  }

  /**
   * Returns true if a matching event needs no read of the stream: it was sent for this subscription, or will
   * be when it arrives.
   */
  hasSent(id: string): boolean {
    if (this.hasRead(id)) return true;
    if (this.covers !== null && id <= this.covers) return false;
    return this.catchingUp === null || (this.liveUpTo !== null && id <= this.liveUpTo);
  }

  /** Returns true if a catch-up sent the event, which matches, from the stream. */
  hasRead(id: string): boolean {
    return this.read !== null && id > this.read.after && id <= this.read.upTo && !this.read.left.has(id);
  }

  /**
   * Forgets what it knows of ids: those that follow may be of another run of the stream, and smaller.
   * @param position id after which nothing more is lost
   */
  lost(position: string | null): void {
    this.from = null;
    this.read = null;
    this.covers = position;
    this.liveUpTo = position;
    this.catchingUp?.lost();
  }

  /**
   * Returns true if the event matches this one subscription, as a catch-up asks; null if its condition could
   * not be judged any more. Events that arrive pass through SubscriptionIndex and `TenantFeed.#pass` instead:
   * a new filter must be in both.
   */
  matches(dispatch: EventDispatch, via: Via): boolean | null {
    return this.#concerns(dispatch.event, via) && dispatch.holds(this.options.condition);
  }

  #concerns(event: LiveEvent, via: Via): boolean {
    const { exact, folded, where } = this.options;
    const topic = via === 'topic' ? event.topic : event.parent;
    if (topic === null) return false;
    const segments = folded ? foldFirst(topic.split(':')) : topic.split(':');
    const pattern = this.segments;
    return (
      matches(pattern, segments) &&
      (!exact || segments.length === pattern.length) &&
      (this.types === null || this.types.includes(folded ? event.type.toLowerCase() : event.type)) &&
      Object.entries(where ?? {}).every(
        ([name, value]) => Object.hasOwn(event.data, name) && jsonEqual(event.data[name] as Json, value),
      )
    );
  }
}

/** Unites the fields that these subscriptions of one connection select; null if one of them selects all. */
export function unitedFields(subscriptions: readonly Subscription[]): Selection | null {
  let united: Selection | null = null;
  for (const [i, { options, subscriber }] of subscriptions.entries()) {
    const fields = subscriber.selected ?? options.fields;
    if (fields === null) return null;
    united = i === 0 || united === null || united === fields ? fields : unite(united, fields);
  }
  return united;
}
