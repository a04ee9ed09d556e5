import type { EventRule } from '../../ports/live-directory.js';
import type { LiveTopics } from '../../ports/live-topics.js';

export const eventRules =
  ({ live }: { live: Pick<LiveTopics, 'directory'> }) =>
  (tenantId: string): Promise<EventRule[]> =>
    live.directory.eventRules(tenantId);
