import type { Command } from '../../command.js';
import type { Io } from '../../io.js';
import { listAttempts, replay, test } from './webhook-attempts.js';
import { create, listWebhooks, remove, rotateSecret, update } from './webhook-settings.js';

interface Deps {
  io: Io;
  /** Makes a command below `webhook`, with what all commands have that ask an API node. */
  child(name: string, description: string): Command;
  parseLimit(text: string): number;
  setStatus(status: number): void;
}

/** Adds the commands about webhooks. */
export function addWebhookCommands({ io, child, parseLimit, setStatus }: Deps): void {
  child('list', 'Lists webhooks, oldest first').action((options) => listWebhooks(io, options));

  child('create <url>', 'Makes a webhook, and shows its secret once')
    .requiredOption('--events <types...>', 'DELIVERED, RECALLED, EXPIRED, OVERDUE, LATE_RECEIPT')
    .option('--description <text>', 'what it is for')
    .option('--include-text', 'post the texts of messages, too')
    .option('--max-batch <n>', 'events of one request, at most; 1 if not given', parseLimit)
    .option('--globals', 'also the messages of global ones')
    .action((url, options) => create(io, url, options));

  child('update <id>', 'Changes what is given')
    .option('--to <url>', 'where to post; ends the secret')
    .option('--events <types...>', 'which events')
    .option('--description <text>', 'what it is for')
    .option('--include-text', 'post the texts of messages, too')
    .option('--no-include-text', 'no longer')
    .option('--max-batch <n>', 'events of one request, at most', parseLimit)
    .option('--globals', 'also the messages of global ones')
    .option('--no-globals', 'no longer')
    .option('--pause', 'let events wait')
    .option('--no-pause', 'post again, also if it is FAILING or DISABLED')
    .action((id, options) => update(io, id, options));

  child('rotate-secret <id>', 'Makes a new secret, and shows it once')
    .option('--overlap <duration>', 'the former one signs beside it for so long, such as 1h; a day if not given')
    .action((id, options) => rotateSecret(io, id, options));

  child('delete <id>', 'Deletes a webhook and what waits for it').action((id, options) => remove(io, id, options));

  child('test <id>', 'Posts a test now; exit status 0 if the receiver took it').action(async (id, options) =>
    setStatus(await test(io, id, options)),
  );

  child('attempts <id>', 'Lists how attempts went, newest first')
    .option('--event-id <id>', 'only those that had this event')
    .option('--failed', 'only those that failed')
    .option('--limit <n>', 'attempts, at most', parseLimit, 100)
    .action((id, options) => listAttempts(io, id, options));

  child('replay <id>', 'Posts events once more that match all that is given')
    .option('--event-ids <ids...>', 'these')
    .option('--recorded-from <when>', 'recorded not before this moment or day')
    .option('--recorded-to <when>', 'recorded not after it')
    .option('--failed-only', 'only those that were given up, or failed last')
    .action((id, options) => replay(io, id, options));
}
