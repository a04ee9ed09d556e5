import type { LiveEvent } from '../domain/live/live-event.js';
import type { Part } from '../domain/live/topic-pattern.js';
import type { OutgoingMessage } from '../domain/outgoing-message.js';
import type { PresenceAnswer, PresenceQuestion } from '../domain/presence.js';
import type { StreamRun } from './event-stream.js';

/** Name of a channel. A tenant's id has a fixed length, so no recipient's name can make two channels one. */
export type Channel = string & { readonly __channel: unique symbol };

export const recipientChannel = (tenantId: string, recipient: string) => `r:${tenantId}:${recipient}` as Channel;
/** Carries global messages and control events of one tenant. */
export const tenantChannel = (tenantId: string) => `t:${tenantId}` as Channel;

/** Carries the live events of one part of a tenant's events. */
export const liveChannel = (tenantId: string, part: Part) => `l:${tenantId}:${part}` as Channel;

/** Returns the tenant of a channel: what stands between its kind and what it is about. */
export function tenantOf(channel: Channel): string {
  const end = channel.indexOf(':', 2);
  return end === -1 ? channel.slice(2) : channel.slice(2, end);
}

/** Tells whether a channel is of this tenant, without a string of its own. */
export const isOfTenant = (channel: Channel, tenantId: string): boolean =>
  tenantId !== '' &&
  channel.startsWith(tenantId, 2) &&
  (channel.length === tenantId.length + 2 || channel[tenantId.length + 2] === ':');

/** Version that every event carries on the wire. A node that reads another one counts the event as lost. */
export const EVENT_VERSION = 1;

export type BusEvent =
  /** A message for the recipient of the channel. */
  | { type: 'message'; message: OutgoingMessage }
  /**
   * A message for the recipient of the channel whose text is too long for the bus: the node asks the store
   * for it. Nodes of the version before publish it without an id: the node asks for all that is pending, as
   * those nodes also do with an id.
   */
  | { type: 'pending'; id?: string }
  | { type: 'global'; message: OutgoingMessage }
  /** A global message whose text is too long for the bus: the node asks the store for it. */
  | { type: 'global-pending'; id: string }
  /** Messages were recalled: a node must not write those that it has not written yet. */
  | { type: 'cancelled'; ids: string[] }
  | { type: 'global-cancelled'; id: string }
  /** Tokens of this recipient, or of all, with a smaller revocation number are no longer valid. */
  | { type: 'revoked'; recipientHash: string | null; number: number }
  /** The tenant was disabled. */
  | { type: 'tenant-disabled' }
  /** Asks the nodes that listen to the recipient's channel; each answers on `replyTo`, once. */
  | { type: 'question'; id: string; replyTo: Channel; question: PresenceQuestion }
  | { type: 'answer'; id: string; answer: PresenceAnswer }
  /** A live event, the id of the one before it in the channel's part, and the run of its stream. */
  | { type: 'live'; event: LiveEvent; previous: string | null; run?: StreamRun };

export interface BusMessage {
  channel: Channel;
  event: BusEvent;
}

/** A question to whoever listens to a channel. */
export interface BusQuestion {
  channel: Channel;
  question: PresenceQuestion;
}

/** What came back within a second. */
export interface BusAnswers {
  answers: PresenceAnswer[];
  /** True only if the bus knows how many nodes the question reached, and all of them have answered. */
  complete: boolean;
}

export type BusHandler = (event: BusEvent) => void;

export interface ChannelSubscription {
  close(): void;
}

/**
 * Carries events between nodes. It makes delivery fast, not safe: it may lose any event at any time, and then
 * announces a gap if it can.
 *
 * - `publish` resolves once the events are on their way in the given order, or were dropped, which is a gap
 *   and not an error. It never rejects and never waits long.
 * - `subscribe` resolves only once events will arrive. A handler that throws does not affect the others.
 * - After the last `close` of a channel no event arrives.
 * - `ask` resolves within a second or so, in the order of the questions. It never rejects: what is not known
 *   is incomplete. Only those who listen to the channel are asked.
 */
export interface MessageBus {
  publish(messages: readonly BusMessage[]): Promise<void>;
  subscribe(channel: Channel, handler: BusHandler): Promise<ChannelSubscription>;
  ask(questions: readonly BusQuestion[]): Promise<BusAnswers[]>;
  /** Adds a listener that is called after events may have been lost. Returns a function that removes it. */
  onGap(listener: () => void): () => void;
  close(): Promise<void>;
}
