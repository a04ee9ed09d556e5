import type { LiveEvent } from '../domain/live/live-event.js';
import type { Part } from '../domain/live/topic-pattern.js';
import type { OutgoingMessage } from '../domain/outgoing-message.js';
import type { StreamRun } from './event-stream.js';

/** Where an event goes. A tenant's id has a fixed length, so nothing in a recipient's name can make two channels one. */
export type Channel = string & { readonly __channel: unique symbol };

export const recipientChannel = (tenantId: string, recipient: string) => `r:${tenantId}:${recipient}` as Channel;
/** Global messages and control events of one tenant. */
export const tenantChannel = (tenantId: string) => `t:${tenantId}` as Channel;

/** Live events of one part of a tenant's. */
export const liveChannel = (tenantId: string, part: Part) => `l:${tenantId}:${part}` as Channel;

/** The version that every event carries on the wire. A node that reads another one counts the event as lost. */
export const EVENT_VERSION = 1;

export type BusEvent =
  /** A message for the recipient of the channel. */
  | { type: 'message'; message: OutgoingMessage }
  /**
   * A message for the recipient of the channel, whose text is too long for the bus: ask the store for it. Without an id, as
   * nodes of the version before publish it: ask for all that is pending, which is what those nodes do with an id, too.
   */
  | { type: 'pending'; id?: string }
  | { type: 'global'; message: OutgoingMessage }
  /** A global message whose text is too long for the bus: ask the store. */
  | { type: 'global-pending'; id: string }
  /** These messages were recalled: what was not written yet must not be. */
  | { type: 'cancelled'; ids: string[] }
  | { type: 'global-cancelled'; id: string }
  /** Tokens of this recipient with a smaller revocation number are dead. */
  | { type: 'revoked'; recipientHash: string; number: number }
  /** The tenant was disabled or deleted. */
  | { type: 'tenant-disabled' }
  /** A live event of the channel's part, the id of the one before it in that part, and the run of the stream that has it. */
  | { type: 'live'; event: LiveEvent; previous: string | null; run?: StreamRun };

export interface BusMessage {
  channel: Channel;
  event: BusEvent;
}

export type BusHandler = (event: BusEvent) => void;

export interface ChannelSubscription {
  close(): void;
}

/**
 * Makes things fast; keeps nothing safe. It may lose any event at any time, and then announces a gap if it can.
 *
 * - `publish` resolves once the events are on their way in the order given, or were dropped (which is a gap, not an error); it
 *   never rejects and never waits long.
 * - `subscribe` resolves only once events will arrive. A handler that throws harms no other.
 * - After the last `close` of a channel nothing arrives any more.
 */
export interface MessageBus {
  publish(messages: readonly BusMessage[]): Promise<void>;
  subscribe(channel: Channel, handler: BusHandler): Promise<ChannelSubscription>;
  /** Called after events may have been lost. Returns a function that removes the listener. */
  onGap(listener: () => void): () => void;
  close(): Promise<void>;
}
