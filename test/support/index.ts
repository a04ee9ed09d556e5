export { bundle } from './bundle.js';
export { createDatabase, createDatabaseOn, prepareTemplate, sharedPostgresUrl, type TestDatabase } from './database.js';
export { type PostgresOptions, startPostgres, type TestPostgres } from './postgres.js';
export { exited, freePort, isRunning, processTree, until } from './process.js';
export { type Product, startServe } from './product.js';
export { type RedisOptions, startRedis, type TestRedis } from './redis.js';
export { redisUrl } from './shared-redis.js';
