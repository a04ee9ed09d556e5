import { badInput } from '../../domain/errors.js';
import { parseEventType } from '../../domain/live/live-event.js';
import { parsePattern, parseTopic } from '../../domain/live/topic-pattern.js';
import { parseLabel } from '../../domain/text.js';
import type { AlertRule, EventRule, LiveDirectory, LiveTopic } from '../../ports/live-directory.js';

export interface DirectoryDeps {
  live: {
    directory: LiveDirectory;
    /** Throws TidingsError BAD_USER_INPUT if the text is no condition. */
    checkCondition(field: string, text: string): void;
    /** An event rule of the tenant was changed here. */
    rulesChanged(tenantId: string): void;
  };
}

const ALERT_CODE_CHARS = 128;
const TYPES_PER_RULE = 64;

const parseName = (name: string): string => {
  if (parseTopic(name) === null)
    throw badInput('input.name', "input.name must be a live topic: 1 to 16 segments joined by ':', without '*'");
  return name;
};

export const createListTopics =
  ({ live }: DirectoryDeps) =>
  (tenantId: string): Promise<LiveTopic[]> =>
    live.directory.topics(tenantId);

export const createListEventRules =
  ({ live }: DirectoryDeps) =>
  (tenantId: string): Promise<EventRule[]> =>
    live.directory.eventRules(tenantId);

export const createListAlertRules =
  ({ live }: DirectoryDeps) =>
  (tenantId: string): Promise<AlertRule[]> =>
    live.directory.alertRules(tenantId);

export const createCreateTopic =
  ({ live }: DirectoryDeps) =>
  async (tenantId: string, input: { name: string; system?: boolean | null }): Promise<LiveTopic> =>
    live.directory.createTopic(tenantId, parseName(input.name), input.system ?? false);

export const createDestroyTopic =
  ({ live }: DirectoryDeps) =>
  async (tenantId: string, input: { name: string }): Promise<LiveTopic> =>
    live.directory.destroyTopic(tenantId, parseName(input.name), { system: true });

export const createSetEventRule =
  ({ live }: DirectoryDeps) =>
  async (tenantId: string, input: { entity: string; types: readonly string[] }): Promise<EventRule> => {
    const { entity, types } = input;
    if (parseTopic(entity)?.length !== 1) throw badInput('input.entity', 'input.entity must be one segment of a live topic');
    if (types.length > TYPES_PER_RULE) throw badInput('input.types', `input.types may have ${TYPES_PER_RULE} types`);
    const parsed = types.map((type, i) => parseEventType(`input.types[${i}]`, type));
    const rule = await live.directory.setEventRule(tenantId, { entity, types: [...new Set(parsed)] });
    live.rulesChanged(tenantId);
    return rule;
  };

export const createCreateAlertRule =
  ({ live }: DirectoryDeps) =>
  async (
    tenantId: string,
    { code, topic, condition }: { code: string; topic: string; condition: string },
  ): Promise<AlertRule> => {
    parseLabel('input.code', code, ALERT_CODE_CHARS);
    if (parsePattern(topic) === null) throw badInput('input.topic', 'input.topic must be a pattern of live topics');
    live.checkCondition('input.condition', condition);
    return live.directory.createAlertRule(tenantId, { code, topic, condition });
  };

export const createDeleteAlertRule =
  ({ live }: DirectoryDeps) =>
  async (tenantId: string, { code }: { code: string }): Promise<AlertRule> =>
    live.directory.deleteAlertRule(tenantId, parseLabel('input.code', code, ALERT_CODE_CHARS));
