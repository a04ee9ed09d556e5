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
  const granted = publishable(context, 'topic', topic);
  // Before the event is looked at, which may have 64 KiB.
  if (!context.mayPublish()) {
    throw new TidingsError('RATE_LIMITED', `a connection may publish ${limits.publishesPerSecond} events per second`);
  }
  const { event } = parseEvent('publish', { topic: granted, type: CLIENT_EVENT, data });
  // The connection's own look-up of its tenant may be hours old.
  await limiter.refresh(context.tenantId);
  await publisher.publish(context.tenantId, [[{ ...event, sender: context.recipient }]]);
  return {};
}
