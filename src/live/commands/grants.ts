import { badInput, TidingsError } from '../../core/domain/errors.js';
import { coveredBy, foldFirst, parsePattern, parseTopic } from '../../core/domain/live/topic-pattern.js';
import type { CommandContext } from './command-context.js';

/**
 * Refuses a pattern that the connection may not subscribe to.
 * @throws TidingsError BAD_USER_INPUT, FORBIDDEN
 */
export function checkSubscribable(context: CommandContext, pattern: string, folded: boolean): void {
  const segments = parsePattern(pattern);
  if (!segments) throw badInput('topics', `${JSON.stringify(pattern)} is no pattern of live topics`);
  const covered = folded
    ? coveredBy(context.subscribeGrants.map(foldFirst), foldFirst(segments))
    : coveredBy(context.subscribeGrants, segments);
  if (!covered) throw new TidingsError('FORBIDDEN', `no grant of the token allows to subscribe to ${JSON.stringify(pattern)}`);
}

/**
 * Returns the live topic if the connection may publish on it, create and destroy it.
 * @throws TidingsError BAD_USER_INPUT, FORBIDDEN
 */
export function publishable(context: CommandContext, field: string, topic: string): string {
  const segments = parseTopic(topic);
  if (!segments) throw badInput(field, `${JSON.stringify(topic)} is no live topic`);
  if (coveredBy(context.publishGrants, segments)) return topic;
  throw new TidingsError('FORBIDDEN', `no grant of the token allows to publish on ${JSON.stringify(topic)}`);
}
