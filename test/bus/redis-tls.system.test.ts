import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createRedisBus } from '../../src/bus/redis-bus.js';
import { noMetrics } from '../../src/core/ports/metrics.js';
import { Installation } from '../faults/lib/installation.js';
import { Ledger } from '../faults/lib/ledger.js';
import { push } from '../faults/lib/push.js';
import { createDatabase, freePort, startRedis, type TestDatabase, type TestRedis, until } from '../support/index.js';

let folder: string;
let certificate: string;
let redis: TestRedis;
let url: string;
let database: TestDatabase;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidings-tls-'));
  certificate = join(folder, 'certificate.pem');
  const key = join(folder, 'key.pem');
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-days', '2'];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await promisify(execFile)('openssl', ['req', '-x509', ...kind, '-keyout', key, '-out', certificate, ...subject]);
  const port = String(await freePort());
  const tls = ['--tls-port', port, '--tls-cert-file', certificate, '--tls-key-file', key, '--tls-auth-clients', 'no'];
  redis = await startRedis({ args: [...tls, '--tls-ca-cert-file', certificate] });
  url = `rediss://localhost:${port}`;
  database = await createDatabase();
}, 60_000);
afterAll(async () => {
  await redis.stop();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

test('nodes reach each other by Redis over TLS, whose authority is told by NODE_EXTRA_CA_CERTS', async () => {
  const env = { NODE_EXTRA_CA_CERTS: certificate };
  const installation = await Installation.start({ databaseUrl: database.url, redisUrl: url, apiNodes: 1, deliveryNodes: 1, env });
  try {
    const ledger = new Ledger();
    const clients = await installation.connect(['alice'], ledger);
    await push(installation.api, ledger, ['alice'], 'over TLS');
    await until('the message to arrive', () => ledger.outstanding().length === 0);
    const [node] = installation.deliveryNodes;
    const metrics = await (await fetch(`${node?.url.replace('ws', 'http')}/metrics`)).text();
    expect(Number(/^tidings_bus_events_received_total (\d+)/m.exec(metrics)?.[1])).toBe(1);
    expect(await node?.readyz()).toMatchObject({ status: 200, degraded: [] });
    await Promise.all(clients.map((client) => client.stop()));
  } finally {
    await installation.stop();
  }
}, 60_000);

test('a certificate of an authority that is not trusted is refused', async () => {
  const reasons: unknown[] = [];
  const ignore = () => {};
  const warn = (fields: object) => void reasons.push('reason' in fields ? fields.reason : null);
  const bus = createRedisBus({
    url,
    prefix: 'test',
    metrics: noMetrics,
    logger: { debug: ignore, info: ignore, warn, error: ignore },
  });
  await until('the bus to say why', () => reasons.length > 0);
  expect(reasons).toEqual([expect.stringMatching(/self-signed certificate/)]);
  expect(bus.available).toBe(false);
  await bus.close();
});
