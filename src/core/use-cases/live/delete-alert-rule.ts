import type { AuditNote } from '../../domain/audit.js';
import { LIMITS } from '../../domain/limits.js';
import { parseLabel } from '../../domain/text.js';
import type { AlertRule } from '../../ports/live-directory.js';
import type { LiveTopics } from '../../ports/live-topics.js';

export const deleteAlertRule =
  ({ live }: { live: Pick<LiveTopics, 'directory'> }) =>
  async (tenantId: string, { code }: { code: string }, note: AuditNote | null): Promise<AlertRule> =>
    live.directory.deleteAlertRule(tenantId, parseLabel('input.code', code, LIMITS.alertCodeChars), note);
