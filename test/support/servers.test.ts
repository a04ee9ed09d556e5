import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { withClient } from '../../src/store/database/migrations.js';
import {
  createDatabase,
  isRunning,
  processTree,
  redisUrl,
  startPostgres,
  startRedis,
  type TestPostgres,
  type TestRedis,
} from './index.js';

const ask = (url: string, sql: string) => withClient(url, async (client) => (await client.query(sql)).rows);

describe('the shared servers', () => {
  test('give each caller a database of its own, which ends when it is dropped', async () => {
    const [one, other] = await Promise.all([createDatabase(), createDatabase()]);
    await ask(one.url, 'CREATE TABLE mine (a int)');
    await expect(ask(other.url, 'SELECT * FROM mine')).rejects.toThrow('does not exist');
    await Promise.all([one.drop(), other.drop()]);
    await expect(ask(one.url, 'SELECT 1')).rejects.toThrow('does not exist');
  });

  test('have a Redis', async () => {
    const redis = new Redis(redisUrl);
    expect(await redis.ping()).toBe('PONG');
    redis.disconnect();
  });
});

describe('a private PostgreSQL', () => {
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await startPostgres({ settings: { fsync: 'on' } });
  });
  afterAll(() => postgres.stop());

  test('comes back on the same port with its rows after a kill', async () => {
    await ask(postgres.url, 'CREATE TABLE kept AS SELECT 7 AS a');
    const before = postgres.pid;
    await postgres.kill();
    await expect(ask(postgres.url, 'SELECT 1')).rejects.toThrow();
    expect(await isRunning(before)).toBe(false);
    await postgres.restart();
    expect(await ask(postgres.url, 'SELECT a FROM kept')).toEqual([{ a: 7 }]);
  });

  test('stands still with all its processes while it is paused, and goes on', async () => {
    await postgres.pause();
    const states = (await processTree(postgres.pid)).map((pid) => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0]);
    expect(states.length).toBeGreaterThan(3);
    expect(new Set(states)).toEqual(new Set(['T']));
    const answer = ask(postgres.url, 'SELECT 1 AS a');
    await postgres.resume();
    expect(await answer).toEqual([{ a: 1 }]);
  });
});

describe('a private Redis', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  test('comes back on the same port after a kill, without what it had', async () => {
    const client = new Redis(redis.url, { retryStrategy: () => 20 });
    client.on('error', () => {});
    await client.set('a', '1');
    await redis.kill();
    await redis.restart();
    expect(await client.get('a')).toBeNull();
    client.disconnect();
  });
});
