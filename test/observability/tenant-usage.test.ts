import { expect, test } from '@jest/globals';
import { bucketOf } from '../../src/core/domain/usage/delivery-time.js';
import { tenantMetrics } from '../../src/observability/tenant-metrics.js';
import { TenantUsage } from '../../src/observability/tenant-usage.js';

const NOTHING = {
  connections: 0,
  connects: 0,
  refused: 0,
  liveEvents: 0,
  webhookAttempts: 0,
  times: { buckets: [], counts: [] },
};

test('reports what has come together since the last report, and nothing where nothing has', () => {
  const usage = new TenantUsage();
  expect(usage.take(1)).toEqual([]);
  usage.count('a', 'refused');
  usage.count('a', 'liveEvents', 5);
  usage.count('b', 'webhookAttempts', 2);
  for (const ms of [10, 2_000, 10]) usage.delivered('a', ms);
  expect(usage.take(7)).toEqual([
    {
      ...NOTHING,
      ...{ tenantId: 'a', minute: 7, refused: 1, liveEvents: 5 },
      times: { buckets: [bucketOf(10), bucketOf(2_000)], counts: [2, 1] },
    },
    { ...NOTHING, tenantId: 'b', minute: 7, webhookAttempts: 2 },
  ]);
  expect(usage.take(7)).toEqual([]);
});

test('reports the most connections at once; those that stay, once a minute', () => {
  const usage = new TenantUsage();
  usage.opened('a');
  usage.opened('a');
  usage.closed('a');
  expect(usage.take(1)).toMatchObject([{ connections: 2, connects: 2 }]);
  expect(usage.take(1)).toEqual([]);
  expect(usage.take(2)).toMatchObject([{ connections: 1, connects: 0 }]);
  expect(usage.take(2)).toEqual([]);
  usage.opened('a');
  expect(usage.take(2)).toMatchObject([{ connections: 2, connects: 1 }]);
  usage.closed('a');
  usage.closed('a');
  expect(usage.take(2)).toMatchObject([{ connections: 2, connects: 0 }]);
  expect(usage.take(3)).toEqual([]);
  usage.opened('a');
  expect(usage.take(3)).toMatchObject([{ connections: 1 }]);
});

test('reports again what could not be reported, together with what came meanwhile', () => {
  const usage = new TenantUsage();
  usage.opened('a');
  usage.delivered('a', 10);
  const lost = usage.take(1);
  usage.closed('a');
  usage.take(1);
  usage.count('a', 'refused');
  usage.delivered('a', 10);
  usage.delivered('a', 10);
  usage.giveBack(lost);
  expect(usage.take(2)).toEqual([
    {
      ...NOTHING,
      ...{ tenantId: 'a', minute: 2, connections: 1, connects: 1, refused: 1 },
      times: { buckets: [bucketOf(10)], counts: [3] },
    },
  ]);
});

test('keeps totals of a bounded number of tenants, and adds up those of the others', () => {
  const usage = new TenantUsage(2);
  usage.accepted('a', 3, 30);
  usage.opened('b');
  for (const other of ['c', 'd']) {
    usage.opened(other);
    usage.delivered(other, 5);
    usage.globalAccepted(other);
  }
  usage.closed('d');
  usage.take(1);
  const { byTenant, others } = usage.totals;
  expect([...byTenant.keys()]).toEqual(['a', 'b']);
  expect(byTenant.get('a')).toMatchObject({ accepted: 3, acceptedBytes: 30, connects: 0 });
  expect(others).toEqual({
    ...{ accepted: 0, acceptedBytes: 0, globals: 2, receipts: 2, liveEvents: 0, connects: 2, refused: 0, connections: 1 },
  });
  usage.closed('c');
  expect(usage.totals.others.connections).toBe(0);
  // What a report takes away stays in the totals.
  usage.opened('b');
  expect(usage.totals.byTenant.get('b')).toMatchObject({ connects: 2, connections: 2 });
});

test('writes totals in the text format, processes of a node added up, with names quoted', () => {
  const totals = {
    accepted: 1,
    acceptedBytes: 10,
    globals: 2,
    receipts: 3,
    liveEvents: 4,
    connects: 5,
    refused: 6,
    connections: 7,
  };
  const lines = tenantMetrics([
    [
      ['acme', totals],
      ['a "b"\\', totals],
    ],
    [['acme', totals]],
  ]).split('\n');
  expect(lines).toContain('# TYPE tidings_tenant_messages_accepted_total counter');
  expect(lines).toContain('# TYPE tidings_tenant_connections gauge');
  expect(lines).toContain('tidings_tenant_messages_accepted_total{tenant="acme"} 2');
  expect(lines).toContain('tidings_tenant_connections{tenant="acme"} 14');
  expect(lines).toContain('tidings_tenant_receipts_total{tenant="a \\"b\\"\\\\"} 3');
  expect(lines.filter((line) => line.startsWith('tidings_'))).toHaveLength(16);
  expect(lines.at(-1)).toBe('');
});
