import type { Selection } from '../../core/domain/live/field-selection.js';
import type { LiveResult } from '../../core/domain/live/live-command.js';
import type { LiveDirectory } from '../../core/ports/live-directory.js';
import type { TenantLimiter } from '../../core/ports/tenant-limiter.js';
import type { CelCondition } from '../matching/cel-condition.js';
import type { Subscriber, Subscription } from '../matching/subscription.js';
import type { LivePublisher } from '../publishing/live-publisher.js';

/** Holds parsed patterns of topics that a token grants. */
export type Grants = readonly (readonly string[])[];

/** Bounds what the commands of one connection may ask for. */
export interface CommandLimits {
  /** Bounds the patterns that one connection is subscribed to. */
  subscriptionsPerConnection: number;
  /** Bounds the texts of the subscriptions that one connection has: patterns, types, `where`, `fields`. */
  subscriptionBytes: number;
  /** Bounds the patterns in one command. */
  patternsPerCommand: number;
  /** Bounds the types in one subscription. */
  typesPerSubscription: number;
  /** Bounds the different conditions that one connection asks for itself. */
  conditionsPerConnection: number;
  /** Bounds `where` as JSON, in bytes of UTF-8. */
  whereBytes: number;
  /** Bounds the attributes in `where`. */
  whereAttributes: number;
  /** Bounds the events that one connection publishes in a second, in the long run. */
  publishesPerSecond: number;
}

export interface CommandServices {
  directory: LiveDirectory;
  publisher: Pick<LivePublisher, 'publish'>;
  limiter: Pick<TenantLimiter, 'refresh'>;
  limits: CommandLimits;
}

/** Gives a command its connection: who it is, what it may, and the subscriptions that it has. */
export interface CommandContext extends Subscriber {
  readonly tenantId: string;
  readonly recipient: string;
  readonly subscribeGrants: Grants;
  readonly publishGrants: Grants;
  readonly subscriptions: ReadonlySet<Subscription>;
  readonly services: CommandServices;
  selected: Selection | null | undefined;
  /**
   * Compiles a condition, at the cost of the connection and its tenant.
   * @throws TidingsError BAD_USER_INPUT, RATE_LIMITED
   */
  compile(field: string, text: string): Promise<CelCondition>;
  /** Counts an event that is to be published. Returns false if the connection publishes too many. */
  mayPublish(): boolean;
  /**
   * Adds subscriptions that are new. `afterwards` sends what they, and others that ask for it, missed since
   * `after`.
   * @throws TidingsError SERVICE_UNAVAILABLE, QUOTA_EXCEEDED
   */
  open(subscriptions: readonly Subscription[], after: string | undefined): Promise<Opened>;
  cancel(subscriptions: Iterable<Subscription>): void;
}

export interface Opened {
  /** Tells whether everything since `after` can still be read. */
  recovered?: boolean;
  afterwards?: () => Promise<void>;
}

/** Reports a command that was carried out. */
export interface Done {
  result: LiveResult;
  /** Subscriptions that it asked for, those included that were there. */
  subscriptions?: readonly Subscription[];
  /** Runs once the answer has been written. */
  afterwards?: (() => Promise<void>) | undefined;
}
