import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { withClient } from '../../../src/store/database/migrations.js';
import type { Store } from '../../../src/store/index.js';
import { HOUR_MS, push, pushCall, someKey } from '../../contract/store-harness.js';
import { sumUp, usedBy } from '../../contract/usage-harness.js';
import { createDatabase, type TestDatabase } from '../../support/index.js';
import { openStore } from '../open.js';

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await createDatabase();
  store = await openStore(database.url);
});
afterAll(async () => {
  await store.close();
  await database.drop();
});

// Every other row that counts makes its statement the victim of a deadlock. A sequence is
// not rolled back.
const COLLIDE = `
  CREATE SEQUENCE attempts;
  CREATE FUNCTION collide() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF nextval('attempts') % 2 = 1 THEN RAISE EXCEPTION 'collided' USING ERRCODE = 'deadlock_detected'; END IF;
    RETURN NULL;
  END $$;
  CREATE TRIGGER collide AFTER INSERT ON usage_deltas FOR EACH ROW EXECUTE FUNCTION collide();
  CREATE TRIGGER collide AFTER INSERT ON usage_hours FOR EACH ROW EXECUTE FUNCTION collide();`;

it('counts once what statements did that collided with others and were repeated', async () => {
  await withClient(database.url, (client) => client.query(COLLIDE));
  const { id: tenantId } = await store.createTenant('retried');
  const all = { ids: null, recipient: null, globalMessageId: null, topic: null };
  const at = () => store.clock.now();
  const [first = '', second = ''] = await push(store, tenantId, ['a', 'b', 'c', 'd']);
  await store.push(pushCall(tenantId, ['e'], { idempotency: someKey('k') }));
  await store.settle([{ tenantId, rowId: first, kind: 'PONG', at: at() }]);
  await store.cancel(tenantId, { ...all, recipient: 'b' });
  await store.settle([
    { tenantId, rowId: first, kind: 'PONG', at: at() },
    { tenantId, rowId: second, kind: 'PONG', at: at() },
  ]);
  const { item } = await store.pushGlobal({
    ...{ tenantId, message: 'g', topic: null, expiresAt: new Date(Date.now() + HOUR_MS), idempotency: null },
  });
  const delivery = { tenantId, globalMessageId: item.id, revocation: 0 };
  await store.recordGlobals([
    { ...delivery, recipient: 'a', receipt: { kind: 'ACK', at: at() } },
    { ...delivery, recipient: 'b', receipt: null },
  ]);
  await withClient(database.url, (client) =>
    client.query(
      `UPDATE messages SET expires_at = now() - interval '61 seconds' WHERE tenant_id = $1 AND recipient IN ('c', 'd')`,
      [tenantId],
    ),
  );
  while ((await store.cleanUp())?.more !== false);
  const expected = { accepted: 5, acceptedBytes: 25, globals: 1, delivered: 2, recalled: 1, expired: 2 };
  expect(await usedBy(store, tenantId)).toMatchObject(expected);
  await sumUp(store);
  expect(await usedBy(store, tenantId)).toMatchObject(expected);
  const [row] = await withClient(
    database.url,
    async (client) => (await client.query('SELECT last_value::int AS n FROM attempts')).rows,
  );
  expect(row.n).toBeGreaterThanOrEqual(14);
});
