import type { LiveCommand } from '../../core/domain/live/live-command.js';
import type { LiveSession } from '../session/live-session.js';
import type { Done } from './command-context.js';
import { publish } from './publish.js';
import { subscribe } from './subscribe.js';
import { createTopic, destroyTopic, listTopics } from './topics.js';
import { unsubscribe } from './unsubscribe.js';

/** @throws TidingsError, and then nothing has changed */
export async function execute(session: LiveSession, command: LiveCommand): Promise<Done> {
  switch (command.kind) {
    case 'subscribe':
      return subscribe(session, command);
    case 'unsubscribe':
      return { result: unsubscribe(session, command) };
    case 'list-topics':
      return { result: await listTopics(session) };
    case 'create-topic':
      return { result: await createTopic(session, command.name) };
    case 'destroy-topic':
      return { result: await destroyTopic(session, command.name) };
    case 'publish':
      return { result: await publish(session, command) };
    case 'select':
      session.selected = command.fields;
      return { result: {} };
  }
}
