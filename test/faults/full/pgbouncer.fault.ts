import { hasPgBouncer, startPgBouncer } from '../../support/index.js';
import { apiNodeKilled } from './api-node-killed.fault.js';
import { deliveryNodeKilled } from './delivery-node-killed.fault.js';
import { type Fault, Unsupported } from './fault.js';
import { connectionsTerminated, postgresKilled } from './postgres.fault.js';
import { redisKilled, redisPaused } from './redis.fault.js';
import { rollingRestart } from './rolling-restart.fault.js';
import { type Servers, startServers } from './stage.js';

async function startServersBehindPgBouncer(): Promise<Servers> {
  if (!hasPgBouncer()) throw new Unsupported('apt-get install pgbouncer');
  const servers = await startServers();
  const bouncer = await startPgBouncer(servers.postgres);
  return {
    ...servers,
    databaseUrl: bouncer.urlOf(new URL(servers.databaseUrl).pathname.slice(1)),
    stop: async () => {
      await bouncer.stop();
      await servers.stop();
    },
  };
}

/** Repeats it with PgBouncer in transaction mode as DATABASE_URL. */
export const behindPgBouncer: readonly Fault[] = [
  deliveryNodeKilled,
  apiNodeKilled,
  redisKilled,
  redisPaused,
  rollingRestart,
  postgresKilled,
  connectionsTerminated,
].map((fault) => ({
  ...fault,
  name: `pgbouncer-${fault.name}`,
  about: `behind PgBouncer in transaction mode: ${fault.about}`,
  startServers: startServersBehindPgBouncer,
  soak: false,
}));
