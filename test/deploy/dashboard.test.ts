import { readFile } from 'node:fs/promises';
import { expect, it } from '@jest/globals';
import { createMetrics } from '../../src/metrics/prometheus.js';

const dashboard = new URL('../../deploy/grafana/tidings.json', import.meta.url);
const SERIES = /\b(?:tidings|nodejs|process)_[a-z0-9_]+/g;

/** Series of a scrape, by the names that a query uses. */
async function exported(): Promise<Set<string>> {
  const { metrics, scrape } = createMetrics({ connections: 1 });
  for (const gauge of Object.values(metrics)) if ('read' in gauge) gauge.read(() => 1);
  for (const histogram of Object.values(metrics)) if ('observe' in histogram) histogram.observe(1);
  const lines = (await scrape()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Set(lines.map((line) => /^[a-z0-9_]+/.exec(line)?.[0] ?? ''));
}

it('reads only metrics that a node has, and every one of the service', async () => {
  const used = new Set((await readFile(dashboard, 'utf8')).match(SERIES));
  const names = await exported();
  expect([...used].filter((name) => !names.has(name))).toEqual([]);

  const family = (name: string) => name.replace(/_(bucket|sum|count)$/, '');
  const read = new Set([...used].map(family));
  expect([...names].filter((name) => name.startsWith('tidings_') && !read.has(family(name)))).toEqual([]);
});
