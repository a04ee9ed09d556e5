import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ConfigWithDatabase } from '../../src/app/contracts.js';
import { startNode } from '../../src/app/start-node.js';
import { openTenancy } from '../../src/app/tenancy.js';
import { silentLogger } from '../../src/core/ports/logger.js';
import { type Installation, startInstallation } from '../adapters/support.js';
import { startRedis, type TestRedis, until } from '../support/index.js';

/** Recipients a second that the tenant may push to. */
const RATE = 40;
const PER_CALL = 4;

let redis: TestRedis;
let tidings: Installation;
let config: ConfigWithDatabase;
let stopSecond = async () => {};
const apiUrls: string[] = [];

beforeAll(async () => {
  redis = await startRedis();
  tidings = await startInstallation({ deliveryNodes: 1, redisUrl: redis.url });
  config = tidings.config({ API_PORT: '0' });
  const second = await startNode('api', { ...config, role: 'api' }, { logger: silentLogger });
  stopSecond = () => second.stop();
  apiUrls.push(tidings.apiUrl, second.urls.api as string);
}, 60_000);
afterAll(async () => {
  await stopSecond();
  await tidings.stop();
  await redis.stop();
});

async function limit(recipients: number): Promise<void> {
  const tenancy = await openTenancy(config, { logger: silentLogger });
  await tenancy.tenants.changeTenantLimits('default', { recipients });
  await tenancy.close();
}

interface Answer {
  status: number;
  retryAfter: string | null;
  remaining: number | null;
}

async function push(url: string, recipients: number): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': tidings.key },
    body: JSON.stringify({
      query: 'mutation ($input: MessageInput!) { pushMessage(input: $input) { index } }',
      variables: { input: { recipients: Array.from({ length: recipients }, (_, i) => `r${i}`), message: 'hello' } },
    }),
  });
  await response.text();
  const left = /"recipients";r=(\d+)/.exec(response.headers.get('ratelimit') ?? '');
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    remaining: left === null ? null : Number(left[1]),
  };
}

/** Pushes on both nodes, as often as is answered, until the time is over. Returns how many were accepted. */
async function pushUntil(end: number): Promise<number> {
  let accepted = 0;
  const caller = async (url: string) => {
    while (performance.now() < end) {
      const { status } = await push(url, PER_CALL);
      if (status === 200) accepted += PER_CALL;
      // More than flows in, but not all that the processor has.
      else await delay((PER_CALL * 1000) / RATE / 4);
    }
  };
  await Promise.all([...apiUrls, ...apiUrls].map(caller));
  return accepted;
}

describe('two API nodes, and Redis killed in the middle', () => {
  it('accept what the limit says, and refuse nothing below it', async () => {
    await limit(RATE);
    for (const url of apiUrls) await until('the limit to be known', async () => (await push(url, 1)).remaining !== null);
    // Uses up what is there at once.
    await until('the bucket to be empty', async () => {
      // Several at once: one after the other, a busy machine takes no more than flows in.
      const answers = await Promise.all([0, 1, 2, 3].map(() => push(apiUrls[0] as string, PER_CALL)));
      return answers.some(({ status }) => status === 429);
    });
    const refused = await push(apiUrls[1] as string, 50);
    expect([refused.status, Number(refused.retryAfter)]).toEqual([429, 2]);

    const began = performance.now();
    let accepted = await pushUntil(began + 4000);
    await redis.kill();
    accepted += await pushUntil(began + 8000);
    await redis.restart();
    accepted += await pushUntil(began + 12_000);
    const allowed = (RATE * (performance.now() - began)) / 1000;
    expect(accepted).toBeGreaterThan(0.9 * allowed);
    expect(accepted).toBeLessThan(1.1 * allowed);

    // A little below the limit, on both nodes in turn: nothing is refused, with Redis or without.
    // Asking takes from the bucket, so it asks seldom.
    let next = 0;
    await until('some to be left', async () => {
      if (performance.now() < next) return false;
      next = performance.now() + 500;
      return ((await push(apiUrls[0] as string, 1)).remaining ?? 0) >= PER_CALL * 4;
    });
    const statuses = new Set<number>();
    const began2 = performance.now();
    for (let i = 0; i < 40; i++) {
      if (i === 20) await redis.kill();
      statuses.add((await push(apiUrls[i % 2] as string, PER_CALL)).status);
      const due = began2 + ((i + 1) * PER_CALL * 1000 * 1.2) / RATE;
      await until('the next to be due', () => performance.now() >= due);
    }
    expect([...statuses]).toEqual([200]);
    await redis.restart();
  }, 90_000);
});
