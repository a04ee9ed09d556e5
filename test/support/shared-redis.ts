/** Names the Redis that all tests share: use channel prefixes of your own. */
export const redisUrl: string = process.env.TIDINGS_TEST_REDIS_URL ?? '';
