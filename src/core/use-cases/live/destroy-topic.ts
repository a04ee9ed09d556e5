import type { AuditNote } from '../../domain/audit.js';
import { requireTopic } from '../../domain/live/topic-pattern.js';
import type { LiveTopic } from '../../ports/live-directory.js';
import type { LiveTopics } from '../../ports/live-topics.js';

export const destroyTopic =
  ({ live }: { live: Pick<LiveTopics, 'directory'> }) =>
  async (tenantId: string, input: { name: string }, note: AuditNote | null): Promise<LiveTopic> =>
    live.directory.destroyTopic(tenantId, requireTopic('input.name', input.name), { system: true }, note);
