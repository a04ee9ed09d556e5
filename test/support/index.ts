export { bundle } from './bundle.js';
export {
  createDatabase,
  createDatabaseOn,
  MIGRATIONS,
  prepareTemplate,
  sharedPostgresUrl,
  type TestDatabase,
} from './database.js';
export { leash } from './leash.js';
export { startNginx, type TestNginx } from './nginx.js';
export { hasPgBouncer, startPgBouncer, type TestPgBouncer } from './pgbouncer.js';
export {
  copyEmptyCluster,
  findPostgres,
  initDatabase,
  type PostgresOptions,
  startPostgres,
  type TestPostgres,
} from './postgres.js';
export { exited, freePort, isRunning, processTree, signalAll, until } from './process.js';
export { startServe } from './product.js';
export { startRedis, type TestRedis } from './redis.js';
export { redisUrl } from './shared-redis.js';
export { startStandby } from './standby.js';
export { startTcpSwitch } from './tcp-switch.js';
