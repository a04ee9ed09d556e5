import type { LiveResult } from '../../core/domain/live/live-command.js';
import { coveredBy, parseTopic } from '../../core/domain/live/topic-pattern.js';
import type { CommandContext } from './command-context.js';
import { publishable } from './grants.js';

/** Lists the topics that a grant covers, to subscribe or to publish. */
export async function listTopics(context: CommandContext): Promise<LiveResult> {
  const topics = await context.services.directory.topics(context.tenantId);
  const grants = [...context.subscribeGrants, ...context.publishGrants];
  return { topics: topics.map(({ name }) => name).filter((name) => coveredBy(grants, parseTopic(name) ?? [])) };
}

export async function createTopic(context: CommandContext, name: string): Promise<LiveResult> {
  await context.services.directory.createTopic(context.tenantId, publishable(context, 'name', name), false);
  return {};
}

export async function destroyTopic(context: CommandContext, name: string): Promise<LiveResult> {
  await context.services.directory.destroyTopic(context.tenantId, publishable(context, 'name', name), { system: false });
  return {};
}
