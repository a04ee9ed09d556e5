import { chmod, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { silentLogger } from '../../src/core/ports/logger.js';
import { openEmbedded } from '../../src/embedded/supervisor.js';
import { migrate, withClient } from '../../src/store/database/migrations.js';
import { MIGRATIONS } from '../support/index.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidings-checksums-'));
  await chmod(folder, 0o755);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const opened = () => openEmbedded({ dataDir: folder, postgresBin: null }, silentLogger);

test('a flipped bit is an error of what reads it, never a wrong answer, and the rest is served', async () => {
  const first = await opened();
  const query = <T>(sql: string, url = first.url) => withClient(url, async (client) => (await client.query(sql)).rows as T[]);
  await migrate(first.url, MIGRATIONS);
  await query(`INSERT INTO tenants (id, name) VALUES (gen_random_uuid(), 'acme')`);
  await query(
    `INSERT INTO messages (tenant_id, id, recipient, message, created_at)
     SELECT t.id, gen_random_uuid(), 'user', 'a text that is stored', now() FROM tenants t, generate_series(1, 1000)`,
  );
  const [state] = await query<{ on: string; path: string }>(
    `SELECT current_setting('data_checksums') AS on, pg_relation_filepath('messages') AS path`,
  );
  expect(state?.on).toBe('on');
  await query('CHECKPOINT');
  await first.stop();
  const file = await open(join(folder, 'postgres', state?.path ?? ''), 'r+');
  // In the middle of a text of the first page.
  const page = Buffer.alloc(8192);
  await file.read(page, 0, page.length, 0);
  const at = page.lastIndexOf('a text that is stored');
  expect(at).toBeGreaterThan(0);
  await file.write(Buffer.from([(page[at] ?? 0) ^ 1]), 0, 1, at);
  await file.close();

  const second = await opened();
  try {
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(query('SELECT message FROM messages', second.url)).rejects.toThrow(/invalid page in block 0/);
    }
    expect(await query('SELECT name FROM tenants', second.url)).toEqual([{ name: 'acme' }]);
  } finally {
    await second.stop();
  }
}, 60_000);
