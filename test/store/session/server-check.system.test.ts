import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { examineDatabase, migrate, readStatus, withClient } from '../../../src/store/database/migrations.js';
import { requireFit } from '../../../src/store/session/server-check.js';
import { MIGRATIONS } from '../../support/database.js';
import { createDatabase, sharedPostgresUrl, type TestDatabase } from '../../support/index.js';

const sql = (url: string, text: string) => withClient(url, (client) => client.query(text));

let database: TestDatabase;
let name: string;
let role: string;
beforeEach(async () => {
  database = await createDatabase();
  name = new URL(database.url).pathname.slice(1);
  role = `role_${randomBytes(6).toString('hex')}`;
  await sql(database.url, `CREATE ROLE ${role} LOGIN`);
});
afterEach(async () => {
  await sql(database.url, `DROP OWNED BY ${role}`).catch(() => {});
  await database.drop();
  await sql(sharedPostgresUrl(), `DROP ROLE ${role}`);
});

const urlAs = (user: string) => database.url.replace('postgres@', `${user}@`);
/** What `migrate`, its status and the start of a node say. */
const refusals = (url: string) =>
  Promise.all(
    [migrate(url, MIGRATIONS), readStatus(url, MIGRATIONS), examineDatabase(url)].map((look) =>
      look.then(
        () => null,
        (error: Error) => error.message,
      ),
    ),
  );

describe('a database is looked at before it is used, and refused in one line', () => {
  test.each([
    ['14.5 (Debian)', 140_005],
    ['13.1', 130_001],
    ['9.6.2', 90_602],
  ])('if it is version %s', async (version, number) => {
    const client = { query: async () => ({ rows: [{ version, number }] }) } as unknown as Parameters<typeof requireFit>[0];
    await expect(requireFit(client, null)).rejects.toThrow(`PostgreSQL ${version} is too old: 15 or later is needed`);
  });

  test('if its encoding is not UTF8', async () => {
    const other = `ascii_${randomBytes(6).toString('hex')}`;
    await sql(sharedPostgresUrl(), `CREATE DATABASE ${other} ENCODING 'SQL_ASCII' TEMPLATE template0`);
    try {
      const line = "the database's encoding is SQL_ASCII: make one with ENCODING 'UTF8', which is needed";
      expect(await refusals(database.url.replace(name, other))).toEqual([line, line, line]);
    } finally {
      await sql(sharedPostgresUrl(), `DROP DATABASE ${other} WITH (FORCE)`);
    }
  });

  test('if it is read-only, or its role is', async () => {
    const line = 'the database is read-only: its default_transaction_read_only, or that of its role, is on';
    await sql(database.url, `ALTER ROLE ${role} SET default_transaction_read_only = on`);
    expect(await refusals(urlAs(role))).toEqual([line, line, line]);
    await sql(database.url, `ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    expect(await refusals(database.url)).toEqual([line, line, line]);
  });

  test('if its role may not read and write the tables', async () => {
    const [, , start] = await refusals(urlAs(role));
    expect(start).toBe(
      `role "${role}" lacks rights: GRANT SELECT, INSERT, UPDATE, DELETE ON messages, global_messages, idempotency_keys, revocations, tenants, api_keys, activity, live_topics, event_rules, alert_rules, audit_entries, webhooks, webhook_senders, webhook_queue, webhook_given_up, webhook_attempts, usage_hours, usage_deltas, usage_reports, status_feeds, status_feed_heads, status_feed_state, status_event_inbox, status_events, overdue_checks TO "${role}"; GRANT USAGE ON SEQUENCE message_seq, revocation_seq, late_rows_seq, status_event_seq TO "${role}"`,
    );
    await sql(database.url, `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${role}`);
    expect((await refusals(urlAs(role)))[2]).toMatch(
      /rights: GRANT USAGE ON SEQUENCE message_seq, revocation_seq, late_rows_seq, status_event_seq TO/,
    );
    await sql(database.url, `GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO ${role}`);
    expect((await refusals(urlAs(role))).slice(1)).toEqual([null, null]);
  });

  test('if its role may not make or change tables that are missing', async () => {
    await sql(
      database.url,
      'DELETE FROM _prisma_migrations WHERE migration_name = (SELECT max(migration_name) FROM _prisma_migrations)',
    );
    await sql(database.url, `GRANT SELECT ON _prisma_migrations TO ${role}`);
    expect((await refusals(urlAs(role)))[0]).toMatch(/^role ".*" may not create tables in schema "public": GRANT CREATE/);
    await sql(database.url, `GRANT CREATE ON SCHEMA public TO ${role}`);
    expect((await refusals(urlAs(role)))[0]).toMatch(/^role ".*" may not change table ".*", which is another's: GRANT/);
  });

  test('if the search path leads to no schema, or past the tables', async () => {
    await sql(database.url, `ALTER ROLE ${role} SET search_path = nowhere`);
    const none = `no schema of the search_path (nowhere) exists, or may be used by role "${role}"`;
    expect(await refusals(urlAs(role))).toEqual([none, none, none]);
    await sql(database.url, `CREATE SCHEMA other AUTHORIZATION ${role}`);
    await sql(database.url, `ALTER ROLE ${role} SET search_path = other`);
    const past = 'the tables are in schema "public", to which the search_path (other) does not lead';
    expect(await refusals(urlAs(role))).toEqual([past, past, past]);
    const asked = 'DATABASE_URL asks for schema "public", but the search_path (other) leads to "other"';
    expect((await refusals(`${urlAs(role)}${urlAs(role).includes('?') ? '&' : '?'}schema=public`))[2]).toBe(asked);
  });
});
