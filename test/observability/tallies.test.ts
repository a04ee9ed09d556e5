import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Counter, Histogram, Registry } from 'prom-client';
import { aggregate, createPrometheusMetrics } from '../../src/observability/prometheus-metrics.js';
import { talliedCounter, talliedCounters, talliedHistogram } from '../../src/observability/tallies.js';

const BOUNDS = [0.001, 0.5, 1, 30];

test('a histogram reads as that of the library does, whatever it is told', async () => {
  const value = fc.oneof(fc.constantFrom(0, ...BOUNDS, 31), fc.double({ min: -1, max: 100, noNaN: true }));
  await fc.assert(
    fc.asyncProperty(fc.array(value, { maxLength: 50 }), async (values) => {
      const [ours, theirs] = [new Registry(), new Registry()];
      const tally = talliedHistogram(ours, 'time_seconds', 'How long', BOUNDS);
      const histogram = new Histogram({ name: 'time_seconds', help: 'How long', buckets: BOUNDS, registers: [theirs] });
      for (const one of values) {
        tally.observe(one);
        histogram.observe(one);
      }
      expect(await ours.metrics()).toBe(await theirs.metrics());
    }),
  );
});

test('a counter reads as that of the library does, however often it is read between', async () => {
  const [ours, theirs] = [new Registry(), new Registry()];
  const tally = talliedCounter(ours, 'things_total', 'Things');
  const kinds = talliedCounters(ours, 'kinds_total', 'Things by kind', 'kind', ['A', 'B']);
  const counter = new Counter({ name: 'things_total', help: 'Things', registers: [theirs] });
  const labelled = new Counter({ name: 'kinds_total', help: 'Things by kind', labelNames: ['kind'], registers: [theirs] });
  for (const kind of ['A', 'B']) labelled.inc({ kind }, 0);
  for (const by of [1, 5]) {
    tally.inc(by);
    counter.inc(by);
    kinds.B.inc();
    labelled.inc({ kind: 'B' });
    expect(await ours.metrics()).toBe(await theirs.metrics());
  }
});

test('the metrics of several processes are summed', async () => {
  const processes = [createPrometheusMetrics(), createPrometheusMetrics()];
  for (const { metrics } of processes) {
    metrics.receiptSeconds.observe(0.02);
    metrics.framesSent.inc(3);
    metrics.delivered.PONG.inc(2);
  }
  const text = await aggregate(await Promise.all(processes.map((one) => one.collect())));
  for (const line of [
    'tidings_receipt_seconds_bucket{le="0.025"} 2',
    'tidings_receipt_seconds_bucket{le="+Inf"} 2',
    'tidings_receipt_seconds_count 2',
    'tidings_frames_sent_total 6',
    'tidings_messages_delivered_total{receipt="PONG"} 4',
  ]) {
    expect(text.split('\n')).toContain(line);
  }
});

test('a scrape lists no sockets and files one by one, which would take longer with every connection', async () => {
  const text = await createPrometheusMetrics().scrape();
  expect(text).not.toMatch(/^(process_open_fds|nodejs_active_)/m);
  expect(text).toMatch(/^process_resident_memory_bytes /m);
});
