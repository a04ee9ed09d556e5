import { join } from 'node:path';
import { prepareTemplate } from './database.js';
import { copyFolder, initDatabase, serverFolder, startPostgres } from './postgres.js';
import { startRedis } from './redis.js';

/** Starts the PostgreSQL and the Redis that all test files share, and keeps a copy of the cluster while it is empty. */
export async function startSharedServers() {
  const folder = await serverFolder('postgres');
  const empty = join(folder, 'empty');
  await initDatabase(folder);
  await copyFolder(join(folder, 'data'), empty);
  const [postgres, redis] = await Promise.all([startPostgres({ tcp: false, folder }), startRedis()]);
  await prepareTemplate(postgres.url);
  return {
    environment: {
      TIDINGS_TEST_POSTGRES_URL: postgres.url,
      TIDINGS_TEST_REDIS_URL: redis.url,
      TIDINGS_TEST_CLUSTER: empty,
    },
    stop: async () => {
      await Promise.all([postgres.stop(), redis.stop()]);
    },
  };
}
