import {
  createDatabaseOn,
  prepareTemplate,
  startPostgres,
  startRedis,
  startStandby,
  startTcpSwitch,
} from '../../support/index.js';
import { outage, showsDegraded } from './database-away.js';
import { DURABLE, type Servers } from './stage.js';
import { ms } from './table.js';

const READ_ONLY_MS = 3_000;

/** Fails over: DATABASE_URL leads to the primary, later to its standby, which has every commit. */
async function startServersWithStandby(): Promise<Servers> {
  const [primary, redis] = await Promise.all([startPostgres({ settings: DURABLE }), startRedis()]);
  await prepareTemplate(primary.url);
  const { url } = await createDatabaseOn(primary.url);
  const standby = await startStandby(primary, DURABLE);
  const address = await startTcpSwitch(primary.port);
  const databaseUrl = new URL(url);
  databaseUrl.port = String(address.port);
  return {
    postgres: primary,
    redis,
    databaseUrl: databaseUrl.href,
    failOver: {
      switchOver: () => address.leadTo(standby.port),
      promote: () => standby.promote(),
    },
    stop: async () => {
      await address.stop();
      await Promise.all([primary.stop(), standby.stop(), redis.stop()]);
    },
  };
}

export const failOver = outage({
  name: 'fail-over',
  about: `the primary killed, its address led to a standby that is promoted ${ms(READ_ONLY_MS)} later`,
  startServers: startServersWithStandby,
  async attack(stage) {
    const { postgres, failOver: standby } = stage.servers;
    if (!standby) throw new Error('no standby');
    await postgres.kill();
    standby.switchOver();
    // Connections to it succeed, but are useless.
    await Promise.all([stage.lasting(READ_ONLY_MS), showsDegraded(stage)]);
    await standby.promote();
  },
});
