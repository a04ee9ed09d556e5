import type { AuditNote } from '../../core/domain/audit.js';
import { badInput, TidingsError } from '../../core/domain/errors.js';
import {
  type AlertRule,
  DIRECTORY_LIMIT,
  type EventRule,
  type LiveDirectory,
  type LiveTopic,
} from '../../core/ports/live-directory.js';
import type { AuditLog } from '../audit/audit-log.js';
import type { Database, Transaction } from '../database/database.js';
import { adminOf } from '../sharing/work.js';
import { JoinedReads } from './joined-reads.js';

type Table = 'live_topics' | 'event_rules' | 'alert_rules';

interface TopicRow {
  name: string;
  system: boolean;
  created_at: Date;
}

interface AlertRow {
  code: string;
  topic: string;
  condition: string;
  created_at: Date;
}

const ALERTS = 'SELECT code, topic, condition, created_at FROM alert_rules';

const topicOf = ({ name, system, created_at }: TopicRow): LiveTopic => ({ name, system, createdAt: created_at });
const alertOf = ({ created_at, ...row }: AlertRow): AlertRule => ({ ...row, createdAt: created_at });

/** Keeps what tenants have written down about their live topics: topics, event rules, alert rules. */
export class LiveDirectoryTables implements LiveDirectory {
  // Any number of a tenant's clients may ask for the list at any time.
  readonly #topics = new JoinedReads((tenantId) => this.#readTopics(tenantId));

  constructor(
    private readonly audit: AuditLog,
    private readonly database: Pick<Database, 'query'>,
  ) {}

  topics(tenantId: string): Promise<LiveTopic[]> {
    return this.#topics.of(tenantId);
  }

  async #readTopics(tenantId: string): Promise<LiveTopic[]> {
    const rows = await this.#list<TopicRow>('SELECT name, system, created_at FROM live_topics', 'name', tenantId);
    return rows.map(topicOf);
  }

  createTopic(tenantId: string, name: string, system: boolean, note: AuditNote | null = null): Promise<LiveTopic> {
    return this.#changing(tenantId, note, async ({ query }) => {
      const [known] = await query<TopicRow>(
        'SELECT name, system, created_at FROM live_topics WHERE tenant_id = $1 AND name = $2',
        [tenantId, name],
      );
      if (known && known.system !== system) {
        throw badInput(
          'input.name',
          `there is a topic ${JSON.stringify(name)} already that is ${known.system ? 'a' : 'no'} system topic`,
        );
      }
      if (known) return topicOf(known);
      await this.#requireRoom(query, tenantId, 'live_topics', 'topics');
      const [row] = await query<TopicRow>(
        'INSERT INTO live_topics (tenant_id, name, system, created_at) VALUES ($1, $2, $3, clock_timestamp()) RETURNING name, system, created_at',
        [tenantId, name, system],
      );
      return topicOf(row as TopicRow);
    });
  }

  destroyTopic(tenantId: string, name: string, allow: { system: boolean }, note: AuditNote | null = null): Promise<LiveTopic> {
    return this.#changing(tenantId, note, async ({ query }) => {
      const [row] = await query<TopicRow>(
        'DELETE FROM live_topics WHERE tenant_id = $1 AND name = $2 RETURNING name, system, created_at',
        [tenantId, name],
      );
      if (!row) throw badInput('input.name', `there is no topic ${JSON.stringify(name)}`);
      // The transaction is rolled back with it.
      if (row.system && !allow.system) throw new TidingsError('FORBIDDEN', 'a system topic cannot be destroyed');
      return topicOf(row);
    });
  }

  eventRules(tenantId: string): Promise<EventRule[]> {
    return this.#list<EventRule>('SELECT entity, types FROM event_rules', 'entity', tenantId);
  }

  setEventRule(tenantId: string, rule: EventRule, note: AuditNote | null = null): Promise<EventRule> {
    return this.#changing(tenantId, note, async ({ query }) => {
      const key = rule.entity.toLowerCase();
      const gone = await query('DELETE FROM event_rules WHERE tenant_id = $1 AND key = $2 RETURNING key', [tenantId, key]);
      if (rule.types.length === 0) return rule;
      if (gone.length === 0) await this.#requireRoom(query, tenantId, 'event_rules', 'event rules');
      await query('INSERT INTO event_rules (tenant_id, key, entity, types) VALUES ($1, $2, $3, $4)', [
        tenantId,
        key,
        rule.entity,
        rule.types,
      ]);
      return rule;
    });
  }

  async alertRules(tenantId: string): Promise<AlertRule[]> {
    const rows = await this.#list<AlertRow>(ALERTS, 'code', tenantId);
    return rows.map(alertOf);
  }

  async alertRule(tenantId: string, code: string): Promise<AlertRule | null> {
    const [row] = await this.#read<AlertRow>(`${ALERTS} WHERE tenant_id = $1 AND code = $2`, [tenantId, code]);
    return row ? alertOf(row) : null;
  }

  createAlertRule(tenantId: string, rule: Omit<AlertRule, 'createdAt'>, note: AuditNote | null = null): Promise<AlertRule> {
    return this.#changing(tenantId, note, async ({ query }) => {
      const known = await query('SELECT code FROM alert_rules WHERE tenant_id = $1 AND code = $2', [tenantId, rule.code]);
      if (known.length > 0) throw badInput('input.code', `there is an alert rule ${JSON.stringify(rule.code)} already`);
      await this.#requireRoom(query, tenantId, 'alert_rules', 'alert rules');
      const [row] = await query<AlertRow>(
        `INSERT INTO alert_rules (tenant_id, code, topic, condition, created_at) VALUES ($1, $2, $3, $4, clock_timestamp())
         RETURNING code, topic, condition, created_at`,
        [tenantId, rule.code, rule.topic, rule.condition],
      );
      return alertOf(row as AlertRow);
    });
  }

  deleteAlertRule(tenantId: string, code: string, note: AuditNote | null = null): Promise<AlertRule> {
    return this.#changing(tenantId, note, async ({ query }) => {
      const [row] = await query<AlertRow>(
        'DELETE FROM alert_rules WHERE tenant_id = $1 AND code = $2 RETURNING code, topic, condition, created_at',
        [tenantId, code],
      );
      if (!row) throw badInput('input.code', `there is no alert rule ${JSON.stringify(code)}`);
      return alertOf(row);
    });
  }

  /**
   * Changes one tenant's directory.
   *
   * Changes follow one another, so what they counted is true when they write.
   */
  #changing<T>(tenantId: string, note: AuditNote | null, work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return this.audit.transaction(note, async (transaction) => {
      const tenants = await transaction.query('SELECT id FROM tenants WHERE id = $1 FOR NO KEY UPDATE', [tenantId]);
      if (tenants.length === 0) throw new TidingsError('UNAUTHENTICATED', 'the tenant is gone');
      return work(transaction);
    });
  }

  /** Lists by code points, whatever the database's locale. */
  #list<Row extends object>(select: string, column: string, tenantId: string): Promise<Row[]> {
    return this.#read(`${select} WHERE tenant_id = $1 ORDER BY ${column} COLLATE "C"`, [tenantId]);
  }

  /** Reads of the tenant that the first value names; DIRECTORY_LIMIT bounds the rows that there are. */
  #read<Row extends object>(text: string, values: readonly [tenantId: string, ...others: string[]]): Promise<Row[]> {
    return this.database.query<Row>(text, values, { work: adminOf(values[0]) });
  }

  async #requireRoom(query: Transaction['query'], tenantId: string, table: Table, what: string): Promise<void> {
    const [row] = await query<{ count: number }>(`SELECT count(*)::int AS count FROM ${table} WHERE tenant_id = $1`, [tenantId]);
    if ((row?.count ?? 0) < DIRECTORY_LIMIT) return;
    throw new TidingsError('QUOTA_EXCEEDED', `a tenant may have ${DIRECTORY_LIMIT} ${what}`, { limit: DIRECTORY_LIMIT });
  }
}
