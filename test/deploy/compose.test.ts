import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { VARIABLE_NAMES } from '../../src/config/environment.js';

interface Service {
  command?: string[];
  environment?: Record<string, string>;
  networks?: { tidings?: { ipv4_address?: string } };
  depends_on?: Record<string, { condition: string }>;
}

const file = (name: string) => readFile(new URL(`../../${name}`, import.meta.url), 'utf8');

describe('docker-compose.yml', () => {
  let services: Record<string, Service>;
  let nginx: string;

  beforeAll(async () => {
    services = parse(await file('docker-compose.yml'), { merge: true }).services;
    nginx = await file('deploy/nginx.conf');
  });

  const address = (name: string) => services[name]?.networks?.tidings?.ipv4_address;

  it('gives its nodes only variables that exist', () => {
    const known: readonly string[] = VARIABLE_NAMES;
    for (const name of ['migrate', 'api-1', 'api-2', 'delivery-1', 'delivery-2']) {
      expect(Object.keys(services[name]?.environment ?? {}).filter((variable) => !known.includes(variable))).toEqual([]);
    }
  });

  it('lets nginx ask every node at its own address', () => {
    const upstreams = [...nginx.matchAll(/^\s+server ([\d.]+:\d+)/gm)].map((match) => match[1]);
    const nodes = Object.entries(services).filter(([, { command }]) => command?.[0] === 'api' || command?.[0] === 'delivery');
    expect(nodes).toHaveLength(4);
    expect(upstreams).toEqual(nodes.map(([name, { command }]) => `${address(name)}:${command?.[0] === 'api' ? 4000 : 4001}`));
  });

  it('believes nginx alone about where clients come from', () => {
    for (const { environment } of Object.values(services)) {
      if (environment?.TRUST_PROXY !== undefined) expect(environment.TRUST_PROXY).toBe(`${address('nginx')}/32`);
    }
    expect(services['delivery-1']?.environment?.TRUST_PROXY).toBeDefined();
  });

  it('starts nodes only once the database is migrated, but without waiting for a healthy Redis', () => {
    for (const name of ['api-1', 'api-2', 'delivery-1', 'delivery-2']) {
      expect(services[name]?.depends_on).toEqual({
        migrate: { condition: 'service_completed_successfully' },
        redis: { condition: 'service_started' },
      });
    }
  });
});
