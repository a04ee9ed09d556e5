import { badInput } from '../../core/domain/errors.js';
import type { LiveCommand, LiveResult } from '../../core/domain/live/live-command.js';
import { foldFirst, parsePattern } from '../../core/domain/live/topic-pattern.js';
import type { LiveSession } from '../session/live-session.js';

/** Ends all subscriptions to these patterns, or to the alert rule. What is not subscribed to needs no ending. */
export function unsubscribe(session: LiveSession, command: Extract<LiveCommand, { kind: 'unsubscribe' }>): LiveResult {
  const { alert, folded } = command;
  if (alert !== null) {
    session.cancel([...session.subscriptions].filter(({ options }) => options.alert === alert));
    return {};
  }
  const patterns = new Set(
    command.topics.map((topic) => {
      const segments = parsePattern(topic);
      if (!segments) throw badInput('topics', `${JSON.stringify(topic)} is no pattern of live topics`);
      return (folded ? foldFirst(segments) : segments).join(':');
    }),
  );
  session.cancel([...session.subscriptions].filter(({ path, options }) => options.alert === null && patterns.has(path)));
  return {};
}
