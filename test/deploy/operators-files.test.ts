import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { parse, parseAllDocuments } from 'yaml';
import { VARIABLE_NAMES } from '../../src/config/environment.js';
import { createPrometheusMetrics } from '../../src/observability/prometheus-metrics.js';

const run = promisify(execFile);
const pathOf = (name: string) => fileURLToPath(new URL(`../../deploy/${name}`, import.meta.url));
const read = (name: string) => readFile(pathOf(name), 'utf8');

/** Runs a checker of the system; null where it is not installed. */
const checked = (program: string, args: string[]) =>
  run(program, args).catch((error: NodeJS.ErrnoException & { stdout?: string }) => {
    if (error.code === 'ENOENT') return null;
    throw new Error(`${error.message}${error.stdout}`);
  });

describe('alert rules', () => {
  interface Rule {
    alert: string;
    expr: string;
    annotations: { summary: string; action: string };
  }

  test('ask only for metrics that a node has, and say what to do', async () => {
    const { groups } = parse(await read('alerts.yml')) as { groups: Array<{ rules: Rule[] }> };
    const { metrics, scrape } = createPrometheusMetrics({ connections: 1 });
    for (const gauge of Object.values(metrics)) if ('read' in gauge) gauge.read(() => 1);
    for (const histogram of Object.values(metrics)) if ('observe' in histogram) histogram.observe(1);
    const text = await scrape();
    const rules = groups.flatMap((group) => group.rules);
    const named = rules.flatMap(({ expr }) => expr.match(/\b(?:tidings|nodejs|process)_[a-z0-9_]+/g) ?? []);
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !new RegExp(`^${name}(\\{| )`, 'm').test(text))).toEqual([]);
    for (const { annotations } of rules) expect(annotations.action.length).toBeGreaterThan(20);
  });

  test('are rules of Prometheus', async () => {
    const found = await checked('promtool', ['check', 'rules', pathOf('alerts.yml')]);
    if (found !== null) expect(found.stdout).toMatch(/SUCCESS: \d+ rules found/);
  });
});

test('the unit of systemd is one that it takes', async () => {
  const unit = await read('tidings@.service');
  expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1])).toBeGreaterThan(15);
  const found = await checked('systemd-analyze', ['verify', '--man=no', pathOf('tidings@.service')]);
  if (found !== null) expect(found.stderr).not.toMatch(/tidings@\.service:\d+/);
});

describe('manifests for Kubernetes', () => {
  interface Manifest {
    kind: string;
    metadata: { name: string };
    data?: Record<string, string>;
    // biome-ignore lint/suspicious/noExplicitAny: what is looked at is of many shapes.
    spec?: any;
  }
  const manifests = async () =>
    parseAllDocuments(await read('kubernetes/tidings.yaml')).map((document) => document.toJS() as Manifest);
  const ofKind = async (kind: string) => (await manifests()).filter((manifest) => manifest.kind === kind);

  test('set variables that there are', async () => {
    const [map] = await ofKind('ConfigMap');
    const names = Object.keys(map?.data ?? {}).map((name) => name.replace(/_FILE$/, ''));
    expect(names.filter((name) => !(VARIABLE_NAMES as readonly string[]).includes(name))).toEqual([]);
  });

  test('keep service while nodes are replaced or machines drained', async () => {
    const deployments = await ofKind('Deployment');
    expect(deployments.map(({ metadata }) => metadata.name)).toEqual(['tidings-api', 'tidings-delivery']);
    for (const { metadata, spec } of deployments) {
      expect(spec.strategy.rollingUpdate.maxUnavailable).toBe(0);
      expect(spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(30);
      const [{ readinessProbe, livenessProbe, securityContext }] = spec.template.spec.containers;
      expect([readinessProbe.httpGet.path, livenessProbe.httpGet.path]).toEqual(['/readyz', '/healthz']);
      expect(securityContext.readOnlyRootFilesystem).toBe(true);
      expect(spec.template.metadata.labels).toEqual(spec.selector.matchLabels);
      const budget = (await ofKind('PodDisruptionBudget')).find((one) => one.metadata.name === metadata.name);
      expect(budget?.spec).toEqual({ maxUnavailable: 1, selector: spec.selector });
      const service = (await ofKind('Service')).find((one) => one.metadata.name === metadata.name);
      expect(service?.spec.selector).toEqual(spec.selector.matchLabels);
    }
    const [scaler] = await ofKind('HorizontalPodAutoscaler');
    expect(scaler?.spec.scaleTargetRef.name).toBe('tidings-delivery');
    expect(scaler?.spec.behavior.scaleDown.stabilizationWindowSeconds).toBeGreaterThanOrEqual(600);
  });
});
