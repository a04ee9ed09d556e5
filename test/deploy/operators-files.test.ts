import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import * as monitoring from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import * as apps from 'kubernetes-models/apps/v1';
import * as autoscaling from 'kubernetes-models/autoscaling/v2';
import * as batch from 'kubernetes-models/batch/v1';
import * as policy from 'kubernetes-models/policy/v1';
import * as core from 'kubernetes-models/v1';
import { parse } from 'yaml';
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

type Models = Record<string, new (manifest: object) => { validate(): void }>;

/** Schemas of the kinds of manifests, by `apiVersion`. */
const MODELS = {
  v1: core,
  'apps/v1': apps,
  'autoscaling/v2': autoscaling,
  'batch/v1': batch,
  'monitoring.coreos.com/v1': monitoring,
  'policy/v1': policy,
} as unknown as Record<string, Models>;

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

describe('the chart for Kubernetes', () => {
  interface Manifest {
    apiVersion: string;
    kind: string;
    metadata: { name: string };
    data?: Record<string, string>;
    // biome-ignore lint/suspicious/noExplicitAny: what is looked at is of many shapes.
    spec?: any;
  }
  const all = { serviceMonitor: { enabled: true } };
  const manifests = async (values: object = {}): Promise<Manifest[]> => {
    const { renderChart } = await import(new URL('../../scripts/lib/helm-chart.mjs', import.meta.url).href);
    return renderChart(values);
  };
  const ofKind = async (kind: string, values?: object) => (await manifests(values)).filter((manifest) => manifest.kind === kind);

  test('makes manifests that are as the schemas of Kubernetes and of the Prometheus operator say', async () => {
    for (const manifest of await manifests(all)) {
      const { apiVersion, kind } = manifest;
      const { [kind]: Model } = MODELS[apiVersion] ?? {};
      if (Model === undefined) throw new Error(`there is no ${kind} of ${apiVersion}`);
      expect(() => new Model(manifest).validate()).not.toThrow();
    }
  });

  test('is of this version, and sets variables that there are', async () => {
    const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
    const chart = parse(await read('helm/tidings/Chart.yaml'));
    const { image } = parse(await read('helm/tidings/values.yaml'));
    expect([chart.version, chart.appVersion, image.tag]).toEqual([version, version, version]);
    const [map] = await ofKind('ConfigMap');
    const names = Object.keys(map?.data ?? {}).map((name) => name.replace(/_FILE$/, ''));
    expect(names.filter((name) => !(VARIABLE_NAMES as readonly string[]).includes(name))).toEqual([]);
  });

  test('keeps service while nodes are replaced or machines drained', async () => {
    const deployments = await ofKind('Deployment');
    expect(deployments.map(({ metadata }) => metadata.name)).toEqual(['tidings-api', 'tidings-delivery']);
    for (const { metadata, spec } of deployments) {
      expect(spec.strategy.rollingUpdate.maxUnavailable).toBe(0);
      expect(spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(30);
      const [{ readinessProbe, livenessProbe }] = spec.template.spec.containers;
      expect([readinessProbe.httpGet.path, livenessProbe.httpGet.path]).toEqual(['/readyz', '/healthz']);
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

  test('gives every pod its secrets as files that only its user reads, and nothing that it could write', async () => {
    const pods = [...(await ofKind('Job')), ...(await ofKind('Deployment'))].map(({ spec }) => spec.template.spec);
    expect(pods).toHaveLength(3);
    for (const { containers, volumes, securityContext } of pods) {
      expect(volumes).toEqual([{ name: 'secrets', secret: { secretName: 'tidings', defaultMode: 0o440 } }]);
      expect([securityContext.runAsNonRoot, securityContext.fsGroup]).toEqual([true, 1000]);
      expect(containers[0].securityContext).toEqual({
        readOnlyRootFilesystem: true,
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
      });
    }
    const [map] = await ofKind('ConfigMap');
    const files = Object.entries(map?.data ?? {}).filter(([name]) => name.endsWith('_FILE'));
    expect(files.map(([, path]) => path.replace('/run/secrets/tidings/', ''))).toEqual(await secretsThatTheReadmeMakes());
  });

  test('takes values over its own, and lets a Prometheus operator find every node', async () => {
    const changed = { ...all, image: { tag: '9.9.9' }, environment: { LOG_LEVEL: 'debug' } };
    const [job] = await ofKind('Job', changed);
    expect(job?.metadata.name).toBe('tidings-migrate-9.9.9');
    expect(job?.spec.template.spec.containers[0].image).toBe('tidings:9.9.9');
    expect((await ofKind('ConfigMap', changed))[0]?.data).toMatchObject({ LOG_LEVEL: 'debug', HOST: '0.0.0.0' });
    const [monitor] = await ofKind('ServiceMonitor', all);
    const admin = (await ofKind('Service', all)).find((service) => service.metadata.name === 'tidings-admin');
    expect(admin?.metadata).toMatchObject({ labels: monitor?.spec.selector.matchLabels });
    expect(admin?.spec.ports[0].name).toBe(monitor?.spec.endpoints[0].port);
    expect(await ofKind('ServiceMonitor')).toEqual([]);
  });
});

/** Names of the secrets in the command that deploy/README.md prints. */
async function secretsThatTheReadmeMakes(): Promise<string[]> {
  return [...(await read('README.md')).matchAll(/--from-literal=([a-z-]+)=/g)].map(([, name = '']) => name);
}
