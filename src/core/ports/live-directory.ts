import type { AuditNote } from '../domain/audit.js';

/** Most entries of each kind that a tenant may have. */
export const DIRECTORY_LIMIT = 1000;

/** Named live topic that clients can list. Publishing and subscribing need no entry. */
export interface LiveTopic {
  name: string;
  /** True if clients cannot destroy it. */
  system: boolean;
  createdAt: Date;
}

/** Types of an entity's events that flow to clients of entity events. */
export interface EventRule {
  entity: string;
  types: string[];
}

/** Condition on events of a pattern. Clients subscribe to it by its code. */
export interface AlertRule {
  code: string;
  /** Pattern of live topics. */
  topic: string;
  condition: string;
  createdAt: Date;
}

/**
 * Keeps what a tenant has configured of its live topics: at most 1,000 entries of each kind, then
 * QUOTA_EXCEEDED. Lists are ordered by name. Every method throws TidingsError SERVICE_UNAVAILABLE while the
 * database is away. A note is written with the same commit as the change.
 */
export interface LiveDirectory {
  topics(tenantId: string): Promise<LiveTopic[]>;
  /** Returns an existing topic with the same `system`; throws BAD_USER_INPUT if its `system` is another. */
  createTopic(tenantId: string, name: string, system: boolean, note?: AuditNote | null): Promise<LiveTopic>;
  /**
   * Returns the destroyed topic. Throws BAD_USER_INPUT if there is none, FORBIDDEN for a system topic unless
   * `system`.
   */
  destroyTopic(tenantId: string, name: string, allow: { system: boolean }, note?: AuditNote | null): Promise<LiveTopic>;
  eventRules(tenantId: string): Promise<EventRule[]>;
  /** Ignores the case of the entity. A rule without types is removed. */
  setEventRule(tenantId: string, rule: EventRule, note?: AuditNote | null): Promise<EventRule>;
  alertRules(tenantId: string): Promise<AlertRule[]>;
  alertRule(tenantId: string, code: string): Promise<AlertRule | null>;
  /** Throws BAD_USER_INPUT if the code is taken. */
  createAlertRule(tenantId: string, rule: Omit<AlertRule, 'createdAt'>, note?: AuditNote | null): Promise<AlertRule>;
  /** Returns the deleted rule. Throws BAD_USER_INPUT if there is none. */
  deleteAlertRule(tenantId: string, code: string, note?: AuditNote | null): Promise<AlertRule>;
}
