import type { Command } from '../command.js';
import type { Io } from '../io.js';
import { cancel } from './cancel-command.js';
import { listen } from './listen-command.js';
import { printMessages } from './messages-command.js';
import { push } from './push-command.js';
import { printRecipient } from './recipient-command.js';
import { addStatusFeedCommands } from './status-feed-command.js';
import { printToken } from './token-command.js';
import { addWebhookCommands } from './webhook/webhook-commands.js';

interface Deps {
  io: Io;
  program: Command;
  /** Makes a command below another, with what all of them have. */
  child(parent: Command, name: string, description: string): Command;
  /** Makes a command that has others below it. */
  group(parent: Command, name: string, description: string): Command;
  parseLimit(text: string): number;
  setStatus(status: number): void;
}

/** Adds the commands that ask an installation by its API, as a tenant's backend would. */
export function addClientCommands({ io, program, child, group, parseLimit, setStatus }: Deps): void {
  const clientBelow = (parent: Command) => (name: string, description: string) =>
    child(parent, name, description)
      .option('--url <address>', 'the API node; TIDINGS_URL if not given')
      .option('--key-file <path>', 'a file with the API key; TIDINGS_API_KEY or TIDINGS_API_KEY_FILE if not given');
  const client = clientBelow(program);

  client('push', 'Pushes a text to recipients, or to everybody')
    .option('--to <names...>', 'the recipients')
    .option('--global', 'to everybody instead')
    .requiredOption('--message <text>', 'the text; "-" reads it from standard input')
    .option('--topic <topic>', 'only to connections that were registered with it')
    .option('--expires <when>', 'a duration such as 90d, or a moment such as 2030-01-31T12:00:00Z')
    .option('--idempotency-key <key>', 'repeating the command with it within 24 hours pushes nothing')
    .option('--wait', 'until all are settled; exit status 0 if all are DELIVERED, 3 if any is CANCELLED')
    .action(async (options) => setStatus(await push(io, options)));

  client('messages', 'Lists messages, newest first')
    .option('--recipient <name>', 'only to this recipient')
    .option('--global-message-id <id>', 'only those of this global message')
    .option('--topic <topic>', 'only with this topic')
    .option('--status <status>', 'only PENDING, DELIVERED or CANCELLED')
    .option('--receipt <kind>', 'only with a receipt: PONG or ACK')
    .option('--cancel-reason <reason>', 'only RECALLED or EXPIRED')
    .option('--created-at-from <when>', 'accepted not before this moment or day')
    .option('--created-at-to <when>', 'accepted not after it')
    .option('--expires-at-from <when>', 'with an expiry not before this moment or day')
    .option('--expires-at-to <when>', 'with an expiry not after it')
    .option('--delivered-at-from <when>', 'with a receipt not before this moment or day')
    .option('--delivered-at-to <when>', 'with a receipt not after it')
    .option('--limit <n>', 'messages, at most', parseLimit, 100)
    .option('--why', 'say why those that are PENDING wait')
    .option('--follow', 'then show each that comes or changes, until it is stopped')
    .action((options) => printMessages(io, options));

  client('recipient <name>', 'Shows who is connected under a name, what waits, and what happened lately').action(
    (name, options) => printRecipient(io, name, options),
  );

  client('listen <name>', 'Prints what a recipient gets, and takes nothing from it')
    .option('--topic <topic>', 'also what is pushed with this topic')
    .option('--ack', 'confirm what is printed: the recipient has it then')
    .action((name, options) => listen(io, name, options));

  client('cancel [ids...]', 'Cancels what is pending and matches all that is given')
    .option('--recipient <name>', 'to this recipient')
    .option('--global-message-id <id>', 'of this global message; given alone it ends the global message, too')
    .option('--topic <topic>', 'with this topic')
    .action((ids, options) => cancel(io, ids, options));

  client('token <name>', 'Prints a token for a recipient, and the URI to connect to')
    .option('--topic <topic>', 'the connections get what is pushed with it, too')
    .option('--origin <origin>', 'only from pages of this origin')
    .option('--source-ip <address>', 'only from this address or CIDR range')
    .option('--expires <when>', 'a duration such as 1h, or a moment')
    .option('--subscribe <patterns...>', 'live topics that may be followed')
    .option('--publish <patterns...>', 'live topics that may be published on')
    .action((name, options) => printToken(io, name, options));

  const statusFeed = group(program, 'status-feed', 'Switches the feed of status events');
  addStatusFeedCommands({ io, child: clientBelow(statusFeed) });

  const webhook = group(program, 'webhook', 'Manages webhooks');
  addWebhookCommands({ io, child: clientBelow(webhook), parseLimit, setStatus });
}
