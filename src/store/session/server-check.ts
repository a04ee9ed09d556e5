import type pg from 'pg';
import { UnfitServer } from './unfit-server.js';

/** The oldest version of PostgreSQL that has all that our statements use, as `server_version_num` has it. */
const OLDEST_VERSION = 150_000;

/** Tables that nodes and commands write, and what they do to them. */
const WRITTEN = [
  ...['messages', 'global_messages', 'idempotency_keys', 'revocations', 'tenants', 'api_keys', 'activity'],
  ...['live_topics', 'event_rules', 'alert_rules', 'audit_entries'],
  ...['webhooks', 'webhook_senders', 'webhook_queue', 'webhook_given_up', 'webhook_attempts'],
  ...['usage_hours', 'usage_deltas', 'usage_reports'],
  ...['status_feeds', 'status_feed_heads', 'status_feed_state', 'status_event_inbox', 'status_events', 'overdue_checks'],
];
const RIGHTS = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'];
const SEQUENCES = ['message_seq', 'revocation_seq', 'late_rows_seq', 'status_event_seq'];

type Client = Pick<pg.Client, 'query'>;

async function ask<Row extends object>(client: Client, sql: string, values: unknown[] = []): Promise<Row> {
  const { rows } = await client.query<Row>(sql, values);
  return rows[0] as Row;
}

/**
 * Looks at a server before it is used.
 *
 * @param schema that the URL asks for, if it does
 * @throws UnfitServer if it is too old, read-only, has another encoding, or no schema for our tables
 */
export async function requireFit(client: Client, schema: string | null): Promise<void> {
  const { version, number } = await ask<{ version: string; number: number }>(
    client,
    `SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS number`,
  );
  if (number < OLDEST_VERSION) throw new UnfitServer(`PostgreSQL ${version} is too old: 15 or later is needed`);
  const server = await ask<Server>(client, LOOK);
  const problem = problemOf(server, schema);
  if (problem !== null) throw new UnfitServer(problem);
}

interface Server {
  encoding: string;
  standby: boolean;
  read_only: boolean;
  schema: string | null;
  usable: boolean;
  search_path: string;
  /** Schema that has our tables although the search path does not lead there. */
  elsewhere: string | null;
  role: string;
}

const LOOK = `
  SELECT current_setting('server_encoding') AS encoding, pg_is_in_recovery() AS standby,
    current_setting('transaction_read_only') = 'on' AS read_only, current_schema() AS schema,
    coalesce(has_schema_privilege(current_schema(), 'USAGE'), false) AS usable,
    current_setting('search_path') AS search_path, current_user::text AS role,
    CASE WHEN to_regclass('idempotency_keys') IS NULL THEN (
      SELECT n.nspname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relname = 'idempotency_keys' AND c.relkind IN ('r', 'p')
        AND EXISTS (SELECT FROM pg_class g WHERE g.relnamespace = n.oid AND g.relname = 'global_messages')
      LIMIT 1
    ) END AS elsewhere`;

function problemOf(server: Server, schema: string | null): string | null {
  const path = `(${server.search_path})`;
  if (server.encoding !== 'UTF8')
    return `the database's encoding is ${server.encoding}: make one with ENCODING 'UTF8', which is needed`;
  if (server.standby) return 'the database server is a standby, which is read-only: name the primary';
  if (server.read_only) return 'the database is read-only: its default_transaction_read_only, or that of its role, is on';
  if (server.schema === null) return `no schema of the search_path ${path} exists, or may be used by role "${server.role}"`;
  if (!server.usable) return `role "${server.role}" may not use schema "${server.schema}": GRANT USAGE ON SCHEMA to it`;
  if (schema !== null && schema !== server.schema)
    return `DATABASE_URL asks for schema "${schema}", but the search_path ${path} leads to "${server.schema}"`;
  if (server.elsewhere !== null)
    return `the tables are in schema "${server.elsewhere}", to which the search_path ${path} does not lead`;
  return null;
}

/** @throws UnfitServer if the role may not make and change our tables where migrations make them */
export async function requireRoomForTables(client: Client): Promise<void> {
  const { schema, role, may_create, foreign_table } = await ask<{
    schema: string;
    role: string;
    may_create: boolean;
    foreign_table: string | null;
  }>(
    client,
    `SELECT current_schema()::text AS schema, current_user::text AS role,
       has_schema_privilege(current_schema(), 'CREATE') AS may_create,
       (SELECT c.relname::text FROM pg_class c
        WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
          AND c.relname = ANY ($1::text[]) AND NOT pg_has_role(c.relowner, 'USAGE') LIMIT 1) AS foreign_table`,
    [[...WRITTEN, '_prisma_migrations']],
  );
  const otherwise = 'or migrate as its owner, by MIGRATE_DATABASE_URL';
  if (!may_create) {
    throw new UnfitServer(
      `role "${role}" may not create tables in schema "${schema}": GRANT CREATE ON SCHEMA to it, ${otherwise}`,
    );
  }
  if (foreign_table !== null) {
    throw new UnfitServer(
      `role "${role}" may not change table "${foreign_table}", which is another's: GRANT that role to it, ${otherwise}`,
    );
  }
}

/** @throws UnfitServer if the role may not read and write our tables. Missing tables do not matter. */
export async function requireRights(client: Client): Promise<void> {
  const { role, tables, sequences } = await ask<{ role: string; tables: string | null; sequences: string | null }>(
    client,
    `SELECT current_user::text AS role,
       (SELECT string_agg(t.name, ', ') FROM unnest($1::text[]) AS t(name)
        WHERE EXISTS (SELECT FROM unnest($2::text[]) AS r(name) WHERE NOT has_table_privilege(to_regclass(t.name), r.name))) AS tables,
       (SELECT string_agg(s.name, ', ') FROM unnest($3::text[]) AS s(name)
        WHERE NOT has_sequence_privilege(to_regclass(s.name), 'USAGE')) AS sequences`,
    [WRITTEN, RIGHTS, SEQUENCES],
  );
  const lacking = [
    ...(tables === null ? [] : [`GRANT ${RIGHTS.join(', ')} ON ${tables} TO "${role}"`]),
    ...(sequences === null ? [] : [`GRANT USAGE ON SEQUENCE ${sequences} TO "${role}"`]),
  ];
  if (lacking.length > 0) throw new UnfitServer(`role "${role}" lacks rights: ${lacking.join('; ')}`);
}
