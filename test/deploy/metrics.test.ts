import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { createPrometheusMetrics } from '../../src/observability/prometheus-metrics.js';
import { tenantMetrics } from '../../src/observability/tenant-metrics.js';

const files = ['deploy/grafana/tidings.json', 'docs/operations.md'];
const SERIES = /\b(?:tidings|nodejs|process)_[a-z0-9_]+/g;

const totals = { accepted: 0, acceptedBytes: 0, globals: 0, receipts: 0, liveEvents: 0, connects: 0, refused: 0, connections: 0 };
const BY_TENANT = new Set([...tenantMetrics([[['acme', totals]]]).matchAll(SERIES)].map(([name]) => name));

/** Series of a scrape, by the names that a query uses. */
async function exported(): Promise<Set<string>> {
  const { metrics, scrape } = createPrometheusMetrics({ connections: 1 });
  for (const gauge of Object.values(metrics)) if ('read' in gauge) gauge.read(() => 1);
  for (const histogram of Object.values(metrics)) if ('observe' in histogram) histogram.observe(1);
  const lines = (await scrape()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Set(lines.map((line) => /^[a-z0-9_]+/.exec(line)?.[0] ?? ''));
}

describe.each(files)('%s', (file) => {
  it('names only metrics that a node has, and every one of the service', async () => {
    const text = await readFile(new URL(`../../${file}`, import.meta.url), 'utf8');
    const family = (name: string) => name.replace(/_(bucket|sum|count)$/, '');
    const named = new Set((text.match(SERIES) ?? []).map(family));
    const families = new Set([...(await exported())].map(family));
    expect([...named].filter((name) => !families.has(name) && !BY_TENANT.has(name))).toEqual([]);
    expect([...families].filter((name) => name.startsWith('tidings_') && !named.has(name))).toEqual([]);
  });
});

it('docs/operations.md names every metric by tenant', async () => {
  const text = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  expect([...BY_TENANT].filter((name) => !text.includes(name))).toEqual([]);
});
