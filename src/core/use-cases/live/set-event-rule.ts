import type { AuditNote } from '../../domain/audit.js';
import { badInput } from '../../domain/errors.js';
import { parseEventType } from '../../domain/live/live-event.js';
import { parseTopic } from '../../domain/live/topic-pattern.js';
import type { EventRule } from '../../ports/live-directory.js';
import type { LiveTopics } from '../../ports/live-topics.js';

const TYPES_PER_RULE = 64;

/** Sets which types of an entity's events flow to clients of entity events, then tells this node. */
export const setEventRule =
  ({ live }: { live: Pick<LiveTopics, 'directory' | 'rulesChanged'> }) =>
  async (
    tenantId: string,
    { entity, types }: { entity: string; types: readonly string[] },
    note: AuditNote | null,
  ): Promise<EventRule> => {
    if (parseTopic(entity)?.length !== 1) throw badInput('input.entity', 'input.entity must be one segment of a live topic');
    if (types.length > TYPES_PER_RULE) throw badInput('input.types', `input.types may have ${TYPES_PER_RULE} types`);
    const parsed = types.map((type, i) => parseEventType(`input.types[${i}]`, type));
    const rule = await live.directory.setEventRule(tenantId, { entity, types: [...new Set(parsed)] }, note);
    live.rulesChanged(tenantId);
    return rule;
  };
