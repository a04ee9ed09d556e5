import type { LiveResult } from '../../core/domain/live/live-command.js';
import { coveredBy, parseTopic } from '../../core/domain/live/topic-pattern.js';
import type { LiveSession } from '../session/live-session.js';
import { publishable } from './grants.js';

/** Those that a grant covers, to subscribe or to publish. */
export async function listTopics(session: LiveSession): Promise<LiveResult> {
  const topics = await session.services.directory.topics(session.tenantId);
  const grants = [...session.subscribeGrants, ...session.publishGrants];
  return { topics: topics.map(({ name }) => name).filter((name) => coveredBy(grants, parseTopic(name) ?? [])) };
}

export async function createTopic(session: LiveSession, name: string): Promise<LiveResult> {
  await session.services.directory.createTopic(session.tenantId, publishable(session, 'name', name), false);
  return {};
}

export async function destroyTopic(session: LiveSession, name: string): Promise<LiveResult> {
  await session.services.directory.destroyTopic(session.tenantId, publishable(session, 'name', name), { system: false });
  return {};
}
