import { TidingsError } from '../../core/errors.js';
import type { LiveCommand, LiveResult } from '../../core/live/commands.js';
import { CLIENT_EVENT, parseEvent } from '../../core/live/event.js';
import type { LiveSession } from '../session.js';
import { publishable } from './grants.js';

export async function publish(
  session: LiveSession,
  { topic, data }: Extract<LiveCommand, { kind: 'publish' }>,
): Promise<LiveResult> {
  const { limits, publisher, now } = session.services;
  const event = parseEvent('publish', { topic: publishable(session, 'topic', topic), type: CLIENT_EVENT, data });
  if (!session.publishes.take(now())) {
    throw new TidingsError('RATE_LIMITED', `a connection may publish ${limits.publishesPerSecond} events per second`);
  }
  await publisher.publish(session.tenantId, [{ ...event, sender: session.recipient }]);
  return {};
}
