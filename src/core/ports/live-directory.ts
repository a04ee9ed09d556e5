/** Entries of each kind that a tenant may have. */
export const DIRECTORY_LIMIT = 1000;

/** A named live topic that clients can list. Publishing and subscribing need no entry. */
export interface LiveTopic {
  name: string;
  /** Clients cannot destroy it. */
  system: boolean;
  createdAt: Date;
}

/** Whose events of which types flow to clients of entity events. */
export interface EventRule {
  entity: string;
  types: string[];
}

/** A condition on events of a pattern, subscribed to by its code. */
export interface AlertRule {
  code: string;
  /** A pattern. */
  topic: string;
  condition: string;
  createdAt: Date;
}

/**
 * What a tenant has written down about its live topics: at most 1,000 entries of each kind, then QUOTA_EXCEEDED. Lists are ordered by
 * name. Everything throws TidingsError SERVICE_UNAVAILABLE while the database is away.
 */
export interface LiveDirectory {
  topics(tenantId: string): Promise<LiveTopic[]>;
  /** One that exists with the same `system` is answered as it is; with another one it is BAD_USER_INPUT. */
  createTopic(tenantId: string, name: string, system: boolean): Promise<LiveTopic>;
  /** What was destroyed. BAD_USER_INPUT if there is none; FORBIDDEN for a system topic unless `system`. */
  destroyTopic(tenantId: string, name: string, allow: { system: boolean }): Promise<LiveTopic>;
  eventRules(tenantId: string): Promise<EventRule[]>;
  /** Entities are the same in any case. Without types the rule is taken away. */
  setEventRule(tenantId: string, rule: EventRule): Promise<EventRule>;
  alertRules(tenantId: string): Promise<AlertRule[]>;
  alertRule(tenantId: string, code: string): Promise<AlertRule | null>;
  /** BAD_USER_INPUT if the code is taken. */
  createAlertRule(tenantId: string, rule: Omit<AlertRule, 'createdAt'>): Promise<AlertRule>;
  /** What was deleted. BAD_USER_INPUT if there is none. */
  deleteAlertRule(tenantId: string, code: string): Promise<AlertRule>;
}
