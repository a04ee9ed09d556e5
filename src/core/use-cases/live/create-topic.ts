import type { AuditNote } from '../../domain/audit.js';
import { requireTopic } from '../../domain/live/topic-pattern.js';
import type { LiveTopic } from '../../ports/live-directory.js';
import type { LiveTopics } from '../../ports/live-topics.js';

export const createTopic =
  ({ live }: { live: Pick<LiveTopics, 'directory'> }) =>
  async (tenantId: string, input: { name: string; system?: boolean | null }, note: AuditNote | null): Promise<LiveTopic> =>
    live.directory.createTopic(tenantId, requireTopic('input.name', input.name), input.system ?? false, note);
