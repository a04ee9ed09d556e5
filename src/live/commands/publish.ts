import { TidingsError } from '../../core/domain/errors.js';
import type { LiveCommand, LiveResult } from '../../core/domain/live/live-command.js';
import { CLIENT_EVENT, parseEvent } from '../../core/domain/live/live-event.js';
import type { LiveSession } from '../session/live-session.js';
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
