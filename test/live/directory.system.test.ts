import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LiveDirectory } from '../../src/core/ports/live-directory.js';
import { silentLogger } from '../../src/core/ports/logger.js';
import { noMetrics } from '../../src/core/ports/metrics.js';
import { createStore, type Store } from '../../src/store/index.js';
import { createDatabase, type TestDatabase } from '../support/index.js';

let database: TestDatabase;
let store: Store;
let directory: LiveDirectory;
beforeAll(async () => {
  database = await createDatabase();
  store = createStore({
    databaseUrl: database.url,
    poolMax: 4,
    maxPendingPerRecipient: 10,
    messageRetentionMs: 86_400_000,
    auditRetentionMs: 86_400_000,
    activityRetentionMs: 7 * 86_400_000,
    statusFeedRetentionMs: 5 * 86_400_000,
    metrics: noMetrics,
    logger: silentLogger,
  });
  directory = store.directory;
});
afterAll(async () => {
  await store.close();
  await database.drop();
});

const tenant = async () => (await store.createTenant(randomUUID())).id;

describe('the directory of live topics', () => {
  it('keeps topics, in order of their names, per tenant', async () => {
    const of = await tenant();
    const made = await directory.createTopic(of, 'test', false);
    expect(made).toEqual({ name: 'test', system: false, createdAt: expect.any(Date) });
    await directory.createTopic(of, 'Zebra', true);
    expect(await directory.createTopic(of, 'test', false)).toEqual(made);
    await expect(directory.createTopic(of, 'test', true)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    await expect(directory.createTopic(of, 'Zebra', false)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    expect((await directory.topics(of)).map(({ name }) => name)).toEqual(['Zebra', 'test']);
    expect(await directory.topics(await tenant())).toEqual([]);
  });

  it('lets clients destroy what is no system topic', async () => {
    const of = await tenant();
    await directory.createTopic(of, 'mine', false);
    await directory.createTopic(of, 'system', true);
    expect(await directory.destroyTopic(of, 'mine', { system: false })).toMatchObject({ name: 'mine' });
    await expect(directory.destroyTopic(of, 'mine', { system: false })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    await expect(directory.destroyTopic(of, 'system', { system: false })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(await directory.topics(of)).toHaveLength(1);
    expect(await directory.destroyTopic(of, 'system', { system: true })).toMatchObject({ system: true });
  });

  it('has one event rule per entity, whatever its case, and none without types', async () => {
    const of = await tenant();
    await directory.setEventRule(of, { entity: 'FILE', types: ['CREATE'] });
    expect(await directory.setEventRule(of, { entity: 'File', types: ['create', 'update'] })).toEqual({
      entity: 'File',
      types: ['create', 'update'],
    });
    await directory.setEventRule(of, { entity: 'folder', types: ['update'] });
    expect(await directory.eventRules(of)).toEqual([
      { entity: 'File', types: ['create', 'update'] },
      { entity: 'folder', types: ['update'] },
    ]);
    expect(await directory.setEventRule(of, { entity: 'fILE', types: [] })).toEqual({ entity: 'fILE', types: [] });
    expect(await directory.eventRules(of)).toHaveLength(1);
  });

  it('keeps alert rules by their codes', async () => {
    const of = await tenant();
    const rule = { code: 'LATE', topic: 'voyage:*', condition: 'data.delay > 24' };
    const made = await directory.createAlertRule(of, rule);
    expect(made).toEqual({ ...rule, createdAt: expect.any(Date) });
    await expect(directory.createAlertRule(of, rule)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(await directory.alertRule(of, 'LATE')).toEqual(made);
    expect(await directory.alertRule(of, 'late')).toBeNull();
    expect(await directory.alertRule(await tenant(), 'LATE')).toBeNull();
    expect(await directory.alertRules(of)).toEqual([made]);
    expect(await directory.deleteAlertRule(of, 'LATE')).toEqual(made);
    await expect(directory.deleteAlertRule(of, 'LATE')).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  it('holds 1,000 of each, also when the last come at once', async () => {
    const of = await tenant();
    for (let i = 0; i < 995; i += 5) await Promise.all([0, 1, 2, 3, 4].map((n) => directory.createTopic(of, `t${i + n}`, false)));
    const last = await Promise.allSettled(Array.from({ length: 12 }, (_, n) => directory.createTopic(of, `last${n}`, false)));
    expect(last.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    for (const one of last)
      if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'QUOTA_EXCEEDED', details: { limit: 1000 } });
    expect(await directory.topics(of)).toHaveLength(1000);
    expect(await directory.createTopic(of, 't0', false)).toMatchObject({ name: 't0' });
  });

  it('goes with its tenant', async () => {
    const { id, name } = await store.createTenant(randomUUID());
    await directory.createTopic(id, 'a', false);
    await directory.setEventRule(id, { entity: 'a', types: ['x'] });
    await directory.createAlertRule(id, { code: 'a', topic: 'a', condition: 'true' });
    await store.deleteTenant(name);
    expect([...(await directory.topics(id)), ...(await directory.eventRules(id)), ...(await directory.alertRules(id))]).toEqual(
      [],
    );
    await expect(directory.createTopic(id, 'a', false)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});
