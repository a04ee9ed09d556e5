import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { silentLogger } from '../../src/core/ports/logger.js';
import {
  createAdminEndpoints,
  type Readiness,
  startAdminServer,
  withoutMetrics,
} from '../../src/observability/admin-endpoints.js';
import { Health } from '../../src/observability/health.js';
import { createPrometheusMetrics } from '../../src/observability/prometheus-metrics.js';
import { keepingLogger } from '../api/support/api.js';

const ready: Readiness = { state: 'ready', missingMigrations: [], degraded: [] };

function admin(readiness: Readiness = ready) {
  const { metrics, scrape, contentType } = createPrometheusMetrics({ connections: 50_000 });
  return { metrics, admin: createAdminEndpoints({ readiness: () => readiness, scrape, metricsContentType: contentType }) };
}

test('/healthz never asks anybody', async () => {
  const { scrape, contentType } = createPrometheusMetrics();
  const readiness = () => {
    throw new Error('asked');
  };
  const answer = await createAdminEndpoints({ readiness, scrape, metricsContentType: contentType })('/healthz');
  expect(answer).toMatchObject({ status: 200, body: '{"status":"alive"}\n' });
});

test('a slash at the end of a path changes nothing', async () => {
  const { admin: ask } = admin();
  for (const path of ['/healthz', '/readyz', '/metrics']) {
    expect(await ask(`${path}/`)).toMatchObject({ status: 200, headers: { 'x-content-type-options': 'nosniff' } });
  }
  expect([await ask('/'), await ask('/healthz//'), await ask('/healthzz')]).toEqual([null, null, null]);
});

test('/tenant-metrics is there only where it is given', async () => {
  const { scrape, contentType } = createPrometheusMetrics();
  const sources = { readiness: () => ready, scrape, metricsContentType: contentType };
  expect(await createAdminEndpoints(sources)('/tenant-metrics')).toBeNull();
  const forOperators = createAdminEndpoints({ ...sources, tenantMetrics: async () => 'by tenant' });
  expect(await forOperators('/tenant-metrics/')).toMatchObject({ status: 200, contentType, body: 'by tenant' });
});

test.each<[string, Readiness, number, object]>([
  ['is ready', ready, 200, { status: 'ready', degraded: [] }],
  ['lost its database', { ...ready, degraded: ['database'] }, 200, { status: 'ready', degraded: ['database'] }],
  ['lost its Redis', { ...ready, degraded: ['redis'] }, 200, { status: 'ready', degraded: ['redis'] }],
  ['is starting', { ...ready, state: 'starting' }, 503, { status: 'starting', degraded: [] }],
  ['is draining', { ...ready, state: 'draining' }, 503, { status: 'draining', degraded: [] }],
  [
    'lacks migrations',
    { ...ready, missingMigrations: ['2_more'] },
    503,
    { status: 'migrations missing', missingMigrations: ['2_more'], degraded: [] },
  ],
])('/readyz of a node that %s', async (_, readiness, status, body) => {
  const answer = await admin(readiness).admin('/readyz');
  expect(answer?.status).toBe(status);
  expect(JSON.parse(answer?.body ?? '')).toEqual(body);
});

test('/readyz of a node that waits for migrations names them, until somebody has applied them', async () => {
  let missing = ['1_initial', '2_more'];
  let asked = () => {};
  const health = new Health({
    databaseAvailable: () => true,
    redisAvailable: () => true,
    missingMigrations: async () => {
      setImmediate(() => asked());
      return missing;
    },
    logger: silentLogger,
  });
  const answer = async () => {
    const { status, body } =
      (await createAdminEndpoints({
        scrape: async () => '',
        metricsContentType: 'text/plain',
        readiness: () => health.readiness,
      })('/readyz')) ?? {};
    return [status, JSON.parse(body ?? '')];
  };
  const looked = () =>
    new Promise<void>((resolve) => {
      asked = resolve;
    });

  expect(await answer()).toEqual([503, { status: 'starting', degraded: [] }]);
  const first = looked();
  health.start();
  await first;
  expect(await answer()).toEqual([503, { status: 'migrations missing', missingMigrations: missing, degraded: [] }]);
  missing = [];
  await looked();
  expect(await answer()).toEqual([200, { status: 'ready', degraded: [] }]);
  health.drain();
  expect(await answer()).toEqual([503, { status: 'draining', degraded: [] }]);
});

/** A node whose database answers, or fails, as `ask` does, on timers that are turned by hand. */
function watched(ask: () => Promise<string[]>) {
  const logger = keepingLogger();
  let now = 0;
  const due: Array<() => void> = [];
  const timers = {
    now: () => now,
    after: (ms: number, run: () => void) => {
      due.push(() => {
        now += ms;
        run();
      });
      return () => void due.pop();
    },
  };
  const sources = { databaseAvailable: () => true, redisAvailable: () => true, missingMigrations: ask };
  const health = new Health({ ...sources, logger, timers });
  const turn = async () => {
    due.pop()?.();
    for (let i = 0; i < 5; i++) await null;
  };
  return { health, logger, due, turn };
}

test('a fault that lasts is told when it is another one, and else once a minute', async () => {
  let answer = async (): Promise<string[]> => {
    throw new Error('away');
  };
  const { health, logger, turn } = watched(() => answer());
  let ready = false;
  void health.ready.then(() => {
    ready = true;
  });
  health.start();
  for (let half = 0; half < 250; half++) await turn();
  expect(logger.lines).toHaveLength(3);
  answer = async () => ['1_initial'];
  for (let half = 0; half < 10; half++) await turn();
  expect(logger.lines.slice(3).map(({ fields }) => fields)).toEqual([{ missing: ['1_initial'] }]);
  expect(ready).toBe(false);
  answer = async () => [];
  await turn();
  expect([ready, logger.lines.length]).toEqual([true, 4]);
});

test('a node that drains while it looks says nothing of migrations, and looks no more', async () => {
  let answer = (_: string[]) => {};
  const { health, logger, due, turn } = watched(
    () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
  );
  health.start();
  health.drain();
  answer([]);
  await turn();
  expect([health.readiness.state, logger.lines, due]).toEqual(['draining', [], []]);
});

test('/metrics has what was counted, read and measured, with limits and the delay of the event loop', async () => {
  const { metrics, admin: ask } = admin();
  metrics.accepted.inc(3);
  metrics.delivered.ACK.inc();
  metrics.receiptSeconds.observe(0.02);
  metrics.connections.read(() => 7);
  metrics.connections.read(() => 8);
  const answer = await ask('/metrics');
  expect(answer?.contentType).toContain('text/plain');
  for (const line of [
    'tidings_messages_accepted_total 3',
    'tidings_messages_delivered_total{receipt="ACK"} 1',
    'tidings_messages_delivered_total{receipt="PONG"} 0',
    'tidings_receipt_seconds_bucket{le="0.025"} 1',
    'tidings_receipt_seconds_bucket{le="0.01"} 0',
    'tidings_connections 8',
    'tidings_limit{limit="connections"} 50000',
  ]) {
    expect(answer?.body.split('\n')).toContain(line);
  }
  expect(answer?.body).toContain('nodejs_eventloop_lag_p99_seconds');
});

test('metrics can be left out, whatever the slash at the end', async () => {
  const ask = withoutMetrics(admin().admin);
  expect([await ask('/metrics'), await ask('/metrics/')]).toEqual([null, null]);
  expect(await ask('/readyz')).toMatchObject({ status: 200 });
});

test('other paths are not its own', async () => {
  expect(await admin().admin('/')).toBeNull();
  expect(await admin().admin('/constructor')).toBeNull();
});

test('a server of its own answers these paths and no others', async () => {
  const server = await startAdminServer(admin().admin, '127.0.0.1', 0);
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const status = async (path: string, method = 'GET') => (await fetch(base + path, { method })).status;
  expect(await status('/readyz?x=1')).toBe(200);
  expect(await status('/metrics', 'HEAD')).toBe(200);
  expect(await status('/graphql')).toBe(404);
  expect(await status('/metrics', 'POST')).toBe(405);
  server.close();
  server.closeAllConnections();
});
