import type { AlertRule } from '../../ports/live-directory.js';
import type { LiveTopics } from '../../ports/live-topics.js';

export const alertRules =
  ({ live }: { live: Pick<LiveTopics, 'directory'> }) =>
  (tenantId: string): Promise<AlertRule[]> =>
    live.directory.alertRules(tenantId);
