import { badInput } from '../../core/domain/errors.js';
import type { LiveCommand, LiveResult } from '../../core/domain/live/live-command.js';
import { foldFirst, parsePattern } from '../../core/domain/live/topic-pattern.js';
import type { CommandContext } from './command-context.js';

/**
 * Ends all subscriptions to these patterns, or to the alert rule. Ignores patterns that are not subscribed
 * to.
 */
export function unsubscribe(context: CommandContext, command: Extract<LiveCommand, { kind: 'unsubscribe' }>): LiveResult {
  const { alert, folded } = command;
  if (alert !== null) {
    context.cancel([...context.subscriptions].filter(({ options }) => options.alert === alert));
    return {};
  }
  const patterns = new Set(
    command.topics.map((topic) => {
      const segments = parsePattern(topic);
      if (!segments) throw badInput('topics', `${JSON.stringify(topic)} is no pattern of live topics`);
      return (folded ? foldFirst(segments) : segments).join(':');
    }),
  );
  context.cancel([...context.subscriptions].filter(({ path, options }) => options.alert === null && patterns.has(path)));
  return {};
}
