import type { LiveTopic } from '../../ports/live-directory.js';
import type { LiveTopics } from '../../ports/live-topics.js';

export const topics =
  ({ live }: { live: Pick<LiveTopics, 'directory'> }) =>
  (tenantId: string): Promise<LiveTopic[]> =>
    live.directory.topics(tenantId);
