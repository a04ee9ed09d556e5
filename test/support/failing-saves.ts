import { mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { until } from './process.js';
import type { TestRedis } from './redis.js';

/**
 * Lets a server fail to save its data, as on a full disk: from then on it refuses writes and pings (MISCONF), and publishes.
 * Answers a function that lets it save again.
 */
export async function failSaves({ port }: TestRedis): Promise<() => Promise<void>> {
  const ask = async <T>(use: (redis: Redis) => Promise<T>): Promise<T> => {
    const redis = new Redis(port, '127.0.0.1', { enableReadyCheck: false });
    try {
      return await use(redis);
    } finally {
      redis.disconnect();
    }
  };
  const save = (status: 'ok' | 'err') =>
    ask(async (redis) => {
      await redis.bgsave();
      await until(`a save to be ${status}`, async () => {
        const info = await redis.info('persistence');
        return info.includes('rdb_bgsave_in_progress:0') && info.includes(`rdb_last_bgsave_status:${status}`);
      });
    });
  const folder = await ask(async (redis) => {
    await redis.config('SET', 'save', '3600 1');
    const [, dir] = (await redis.config('GET', 'dir')) as [string, string];
    return join(dir, 'dump.rdb');
  });
  await mkdir(folder);
  await save('err');
  return async () => {
    await rmdir(folder);
    await save('ok');
    await ask((redis) => redis.config('SET', 'save', ''));
  };
}
