import type { Io } from '../io.js';
import { print } from '../print.js';
import { type ClientOptions, withClient } from './open-client.js';
import { WrongUse } from './wrong-use.js';

interface CancelOptions extends ClientOptions {
  recipient?: string;
  globalMessageId?: string;
  topic?: string;
}

/** Cancels what is pending and matches all that is given, call by call until nothing more matches. */
export async function cancel(io: Io, ids: readonly string[], options: CancelOptions): Promise<void> {
  const { recipient, globalMessageId, topic, json = false } = options;
  if (ids.length === 0 && [recipient, globalMessageId, topic].every((given) => given === undefined)) {
    throw new WrongUse('say what to cancel: ids, --recipient, --topic or --global-message-id');
  }
  const input = {
    ids: ids.length === 0 ? null : ids,
    ...{ recipient: recipient ?? null, globalMessageId: globalMessageId ?? null, topic: topic ?? null },
  };
  const cancelled = await withClient(io, options, async (tidings) => {
    let sum = 0;
    while (true) {
      const answer = await tidings.cancelMessages(input);
      sum += answer.cancelled;
      if (answer.complete) return sum;
      io.err(`cancelled ${sum} messages so far\n`);
    }
  });
  print(io, json, { cancelled }, [`cancelled ${cancelled} ${cancelled === 1 ? 'message' : 'messages'}`]);
}
