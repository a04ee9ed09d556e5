import { TidingsError } from '../../core/domain/errors.js';
import type { LiveCommand, LiveResult } from '../../core/domain/live/live-command.js';
import { CLIENT_EVENT, parseEvent } from '../../core/domain/live/live-event.js';
import type { CommandContext } from './command-context.js';
import { publishable } from './grants.js';

export async function publish(
  context: CommandContext,
  { topic, data }: Extract<LiveCommand, { kind: 'publish' }>,
): Promise<LiveResult> {
  const { limits, publisher, limiter } = context.services;
  const { event } = parseEvent('publish', { topic: publishable(context, 'topic', topic), type: CLIENT_EVENT, data });
  if (!context.mayPublish()) {
    throw new TidingsError('RATE_LIMITED', `a connection may publish ${limits.publishesPerSecond} events per second`);
  }
  // The connection's own look-up of its tenant may be hours old.
  await limiter.refresh(context.tenantId);
  await publisher.publish(context.tenantId, [[{ ...event, sender: context.recipient }]]);
  return {};
}
