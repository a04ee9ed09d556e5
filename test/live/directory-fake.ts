import { TidingsError } from '../../src/core/domain/errors.js';
import type { AlertRule, EventRule, LiveDirectory, LiveTopic } from '../../src/core/ports/live-directory.js';

/** Keeps a directory in memory, with the promises of the real one. */
export class TestDirectory implements LiveDirectory {
  readonly topicsOf = new Map<string, LiveTopic>();
  rules: EventRule[] = [];
  readonly alerts = new Map<string, AlertRule>();

  async topics(): Promise<LiveTopic[]> {
    return [...this.topicsOf.values()];
  }

  async createTopic(_: string, name: string, system: boolean): Promise<LiveTopic> {
    const known = this.topicsOf.get(name);
    if (known && known.system !== system) throw new TidingsError('BAD_USER_INPUT', 'there is such a topic');
    const topic = known ?? { name, system, createdAt: new Date() };
    this.topicsOf.set(name, topic);
    return topic;
  }

  async destroyTopic(_: string, name: string, allow: { system: boolean }): Promise<LiveTopic> {
    const topic = this.topicsOf.get(name);
    if (!topic) throw new TidingsError('BAD_USER_INPUT', 'there is no such topic');
    if (topic.system && !allow.system) throw new TidingsError('FORBIDDEN', 'a system topic cannot be destroyed');
    this.topicsOf.delete(name);
    return topic;
  }

  async eventRules(): Promise<EventRule[]> {
    return this.rules;
  }

  async setEventRule(_: string, rule: EventRule): Promise<EventRule> {
    this.rules.push(rule);
    return rule;
  }

  async alertRules(): Promise<AlertRule[]> {
    return [...this.alerts.values()];
  }

  async alertRule(_: string, code: string): Promise<AlertRule | null> {
    return this.alerts.get(code) ?? null;
  }

  async createAlertRule(_: string, rule: Omit<AlertRule, 'createdAt'>): Promise<AlertRule> {
    const made = { ...rule, createdAt: new Date() };
    this.alerts.set(rule.code, made);
    return made;
  }

  async deleteAlertRule(_: string, code: string): Promise<AlertRule> {
    const rule = this.alerts.get(code) as AlertRule;
    this.alerts.delete(code);
    return rule;
  }
}
