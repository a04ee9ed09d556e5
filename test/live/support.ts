import { eventId } from '../../src/core/domain/live/event-id.js';
import type { LiveEvent, NewLiveEvent } from '../../src/core/domain/live/live-event.js';

let seq = 0;

export const newEvent = (given: Partial<NewLiveEvent> & { topic: string }): NewLiveEvent => ({
  type: 'update',
  name: null,
  data: {},
  previous: null,
  changed: null,
  parent: null,
  sender: null,
  flows: false,
  ...given,
});

/** Makes an event with the next id, and the rest as given. */
export const liveEvent = (given: Partial<LiveEvent> & { topic: string }): LiveEvent => ({
  ...newEvent(given),
  id: given.id ?? eventId({ ms: 1_800_000_000_000, seq: seq++ }, '0123456789ab'),
  createdAt: 1_800_000_000_000,
});
