import { spawn } from 'node:child_process';
import { exited, freePort, leash, until } from '../../support/index.js';
import { metrics } from '../lib/figures.js';
import { EXPANSION, migrateBy, migrationStatusOf, nextVersion, THIS_PROGRAM } from '../lib/next-version.js';
import type { FaultNode } from '../lib/node.js';
import type { Fault } from './fault.js';
import type { Stage } from './stage.js';
import { ms } from './table.js';

const VERSION = '{ version }';

/** Upgrades node by node to a next version with a migration, and goes back to this one on that schema. */
export const upgradeAndBack: Fault = {
  name: 'upgrade-and-back',
  about:
    'an expanding migration, then every node to the next version and back, with an event version that the other does not know',
  // Shorter waits suffice for eight stops and starts.
  stage: { clients: 60, pushesPerSecond: 50, env: { SHUTDOWN_DELAY: '500ms', SHUTDOWN_SPREAD: '1s' } },
  async run(stage) {
    const { installation, servers } = stage;
    const { databaseUrl } = servers;
    const next = await nextVersion();
    stage.atEnd(next.remove);

    const before = await migrationStatusOf(next.program, databaseUrl);
    stage.require(before.missing.join() === EXPANSION, `migrate --status named ${before.missing.join() || 'nothing'} as missing`);
    await waitsForItsMigration(stage, next.program);
    const applied = await migrateBy(next.program, databaseUrl);
    stage.require(applied.join() === EXPANSION, `${applied.join() || 'nothing'} was applied`);
    const known = await migrationStatusOf(THIS_PROGRAM, databaseUrl);
    const agreed = known.missing.length === 0 && known.unknown.join() === EXPANSION;
    stage.require(agreed, `the present version says ${JSON.stringify(known)} of the next one's schema`);
    await stage.accepted(stage.pushesPerSecond);
    for (const node of installation.nodes) {
      stage.require((await node.readiness()) === 200, `the ${node.role} node is not ready on the next version's schema`);
    }

    const slowest: number[] = [];
    const [api0, api1, delivery0, delivery1] = installation.nodes;
    if (!api0 || !api1 || !delivery0 || !delivery1) throw new Error('two nodes of each kind are needed');
    for (const program of [next.program, THIS_PROGRAM]) {
      // One node of each kind comes first, so that all four ways between the versions are in use.
      const order: readonly FaultNode[] = [api0, delivery0, api1, delivery1];
      for (const node of order) {
        const stopped = await node.terminate();
        stage.require(stopped.status === 0, `the ${node.role} node ended with status ${stopped.status}`);
        slowest.push(stopped.ms);
        await node.restart({}, [program]);
        await stage.accepted(2 * stage.pushesPerSecond);
        if (node === delivery0) {
          // Its clients are with the other node now, which hears API nodes of both versions.
          const counts = await Promise.all([delivery0, delivery1].map(metrics));
          const gaps = counts.reduce((sum, one) => sum + (one.get('tidings_bus_gaps_total') ?? 0), 0);
          stage.require(gaps > 0, 'events of another version were not counted as a gap');
          stage.note(`${gaps} gaps among nodes of two versions`);
        }
      }
      const { version } = await installation.api.call<{ version: string }>(VERSION);
      const isNext = version === '99.0.0';
      stage.require(isNext === (program === next.program), `version ${version} runs`);
    }
    stage.note(`the slowest exit took ${ms(Math.max(...slowest))}`);
  },
  check(stage) {
    stage.note(`from answer to frame p99 ${ms(stage.verdict.delayMs.p99)}, longest ${ms(stage.verdict.delayMs.max)}`);
    const others = Object.keys(stage.report.refusals).filter((what) => what !== 'network');
    stage.require(others.length === 0, `pushes were refused by nodes that were there: ${others.join(', ')}`);
  },
};

/** Starts a node of the next version on this schema: it is up, not ready, and says why. */
async function waitsForItsMigration({ servers }: Stage, program: string): Promise<void> {
  const port = await freePort();
  const child = spawn(process.execPath, [program, 'delivery'], {
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: servers.databaseUrl,
      REDIS_URL: servers.redis.url,
      TOKEN_SECRET: 'a secret of a node that never gets ready',
      DELIVERY_PORT: String(port),
    },
    stdio: 'ignore',
    detached: true,
  });
  leash(child);
  try {
    await until('the next version to wait for its migration', async () => {
      const response = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null);
      return response?.status === 503 && (await response.text()).includes(EXPANSION);
    });
  } finally {
    child.kill('SIGKILL');
    await exited(child);
  }
}
