import { withClient } from '../../../src/store/database/migrations.js';
import { outage, showsDegraded } from './database-away.js';
import { ms } from './table.js';

const AWAY_MS = 5_000;
const STOPPED_MS = 20_000;
const TERMINATIONS = 10;

export const postgresKilled = outage({
  name: 'postgres-killed',
  about: `PostgreSQL killed with kill -9, and restarted ${ms(AWAY_MS)} later`,
  async attack(stage) {
    const { postgres } = stage.servers;
    await postgres.kill();
    await Promise.all([stage.lasting(AWAY_MS), showsDegraded(stage)]);
    await postgres.restart();
  },
  soak: true,
});

export const postgresStopped = outage({
  name: 'postgres-stopped',
  about: `PostgreSQL stopped (SIGSTOP) for ${ms(STOPPED_MS)}`,
  async attack(stage) {
    const { postgres } = stage.servers;
    await postgres.pause();
    await Promise.all([stage.lasting(STOPPED_MS), showsDegraded(stage)]);
    await postgres.resume();
  },
  soak: true,
});

export const connectionsTerminated = outage({
  name: 'postgres-connections-terminated',
  about: `all connections of PostgreSQL's terminated, ${TERMINATIONS} times`,
  async attack(stage) {
    for (let i = 0; i < TERMINATIONS; i++) {
      await withClient(stage.servers.postgres.url, (client) =>
        client.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
        ),
      );
      await stage.accepted(stage.pushesPerSecond / 2);
    }
  },
  soak: true,
});
