import type { AuditNote } from '../../domain/audit.js';
import { badInput } from '../../domain/errors.js';
import { LIMITS } from '../../domain/limits.js';
import { parsePattern } from '../../domain/live/topic-pattern.js';
import { parseLabel } from '../../domain/text.js';
import type { AlertRule } from '../../ports/live-directory.js';
import type { LiveTopics } from '../../ports/live-topics.js';

interface CreateAlertRuleInput {
  code: string;
  topic: string;
  condition: string;
}

export const createAlertRule =
  ({ live }: { live: Pick<LiveTopics, 'directory' | 'checkCondition'> }) =>
  async (tenantId: string, { code, topic, condition }: CreateAlertRuleInput, note: AuditNote | null): Promise<AlertRule> => {
    parseLabel('input.code', code, LIMITS.alertCodeChars);
    if (parsePattern(topic) === null) throw badInput('input.topic', 'input.topic must be a pattern of live topics');
    await live.checkCondition(tenantId, 'input.condition', condition);
    return live.directory.createAlertRule(tenantId, { code, topic, condition }, note);
  };
