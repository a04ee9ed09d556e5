import { prepareTemplate } from './database.js';
import { startPostgres } from './postgres.js';
import { startRedis } from './redis.js';

/** Starts the PostgreSQL and the Redis that all test files share. */
export async function startSharedServers() {
  const [postgres, redis] = await Promise.all([startPostgres({ tcp: false }), startRedis()]);
  await prepareTemplate(postgres.url);
  return {
    environment: { TIDINGS_TEST_POSTGRES_URL: postgres.url, TIDINGS_TEST_REDIS_URL: redis.url },
    stop: async () => {
      await Promise.all([postgres.stop(), redis.stop()]);
    },
  };
}
