import type { LiveCommand } from '../../core/domain/live/live-command.js';
import type { CommandContext, Done } from './command-context.js';
import { publish } from './publish.js';
import { subscribe } from './subscribe.js';
import { createTopic, destroyTopic, listTopics } from './topic-commands.js';
import { unsubscribe } from './unsubscribe.js';

/**
 * Carries out a command.
 * @throws TidingsError, and then nothing has changed
 */
export async function execute(context: CommandContext, command: LiveCommand): Promise<Done> {
  switch (command.kind) {
    case 'subscribe':
      return subscribe(context, command);
    case 'unsubscribe':
      return { result: unsubscribe(context, command) };
    case 'list-topics':
      return { result: await listTopics(context) };
    case 'create-topic':
      return { result: await createTopic(context, command.name) };
    case 'destroy-topic':
      return { result: await destroyTopic(context, command.name) };
    case 'publish':
      return { result: await publish(context, command) };
    case 'identify':
      return { result: { recipient: context.recipient } };
    case 'ping':
      return { result: {} };
    case 'select':
      context.selected = command.fields;
      return { result: {} };
  }
}
