import type { CreateWebhookInput, Webhook } from '../../../../packages/sdk/src/index.js';
import { CommandFailed } from '../../../app/command-failed.js';
import { parseDuration } from '../../../config/index.js';
import type { Io } from '../../io.js';
import { print, table } from '../../print.js';
import { type ClientOptions, withClient } from '../open-client.js';
import { WrongUse } from '../wrong-use.js';

interface SettingsOptions extends ClientOptions {
  events?: string[];
  description?: string;
  includeText?: boolean;
  maxBatch?: number;
  globals?: boolean;
}

/** Lists webhooks with their state. */
export async function listWebhooks(io: Io, options: ClientOptions): Promise<void> {
  const webhooks = await withClient(io, options, (tidings) => tidings.webhooks());
  print(io, options.json ?? false, webhooks, webhooks.length === 0 ? ['there are no webhooks'] : linesOf(webhooks));
}

/** Makes a webhook. Its secret is the first line, so that a script can take it. */
export async function create(io: Io, url: string, options: SettingsOptions & { events: string[] }): Promise<void> {
  const { description, includeText, maxBatch, globals } = options;
  const input = { url, events: eventsOf(options.events), description, includeText, maxBatch, globals };
  const made = await withClient(io, options, (tidings) => tidings.createWebhook(input));
  print(io, options.json ?? false, made, [made.secret]);
  if (!options.json) io.err(`The secret is shown only this once. Id: ${made.webhook.id}\n`);
}

/** Changes what is given. */
export async function update(io: Io, id: string, options: SettingsOptions & { pause?: boolean; to?: string }): Promise<void> {
  const { to: url, description, includeText, maxBatch, globals, pause: paused } = options;
  const events = options.events === undefined ? undefined : eventsOf(options.events);
  const change = { url, events, description, includeText, maxBatch, globals, paused };
  if (Object.values(change).every((given) => given === undefined)) {
    throw new WrongUse('say what to change: see "tidings webhook update --help"');
  }
  const webhook = await withClient(io, options, async (tidings) => found(id, await tidings.updateWebhook({ id, ...change })));
  print(io, options.json ?? false, webhook, linesOf([webhook]));
}

/** Makes a new secret, which is the first line. */
export async function rotateSecret(io: Io, id: string, options: ClientOptions & { overlap?: string }): Promise<void> {
  const overlapSeconds = options.overlap === undefined ? undefined : secondsOf(options.overlap);
  const made = await withClient(io, options, async (tidings) =>
    found(id, await tidings.rotateWebhookSecret({ id, overlapSeconds })),
  );
  print(io, options.json ?? false, made, [made.secret]);
  if (!options.json) io.err('The secret is shown only this once.\n');
}

/** Deletes a webhook and what waits for it. */
export async function remove(io: Io, id: string, options: ClientOptions): Promise<void> {
  const webhook = await withClient(io, options, async (tidings) => found(id, await tidings.deleteWebhook({ id })));
  print(io, options.json ?? false, webhook, [`deleted webhook ${webhook.id}, for which ${webhook.waiting} events waited`]);
}

/** @throws CommandFailed if the service knows no such webhook */
export function found<Answer>(id: string, answer: Answer | null): Answer {
  if (answer === null) throw new CommandFailed(`there is no webhook ${id}: "tidings webhook list" shows those that are there`);
  return answer;
}

/** The service knows its words, and says which are none. */
const eventsOf = (types: readonly string[]) => types.map((type) => type.toUpperCase()) as unknown as CreateWebhookInput['events'];

function secondsOf(text: string): number {
  const ms = parseDuration(text);
  if (ms === null) throw new WrongUse('--overlap takes a duration such as 1h, or 0s');
  return Math.ceil(ms / 1000);
}

const HEADER = ['ID', 'STATE', 'WHY', 'WAITING', 'DROPPED', 'LAST SUCCESS', 'BATCH', 'EVENTS', 'URL'];

const linesOf = (webhooks: readonly Webhook[]) =>
  table(
    HEADER,
    webhooks.map((one) => [
      ...[one.id, one.state, one.stateReason, one.waiting, one.dropped, one.lastSuccessAt, one.maxBatch],
      ...[one.events.join(), one.url],
    ]),
  );
