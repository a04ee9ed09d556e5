import { Agent, get, type IncomingMessage } from 'node:http';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Admin } from '../../src/core/ports/admin.js';
import { systemTimers } from '../../src/lib/time/timers.js';
import { KEY, startApi } from './support/api.js';
import { MemoryStore } from './support/memory-store.js';

describe('the endpoints for operators', () => {
  const admin: Admin = async (path) =>
    path === '/readyz' ? { status: 503, contentType: 'application/json', headers: { 'x-a': 'b' }, body: '{}' } : null;

  test('are answered without a key where the node serves them', async () => {
    const api = await startApi({ admin });
    const ready = await fetch(new URL('/readyz', api.url));
    expect([ready.status, ready.headers.get('x-a'), await ready.text()]).toEqual([503, 'b', '{}']);
    expect(ready.headers.get('x-content-type-options')).toBe('nosniff');
    expect((await fetch(new URL('/readyz/', api.url))).status).toBe(503);
    expect((await fetch(new URL('/metrics', api.url))).status).toBe(404);
    await api.node.stop();
  });

  test('are unknown where they are served elsewhere', async () => {
    const api = await startApi();
    expect((await fetch(new URL('/readyz', api.url))).status).toBe(404);
    await api.node.stop();
  });
});

describe('a node that ends', () => {
  const agents: Agent[] = [];
  afterEach(() => {
    for (const agent of agents) agent.destroy();
  });

  const ask = (url: string, agent: Agent) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      agents.push(agent);
      get(`${url}?query={version}`, { agent, headers: { 'x-api-key': KEY } }, (answer) => {
        answer.resume();
        answer.on('end', () => resolve(answer));
      }).on('error', reject);
    });

  test('while it drains asks its clients to go elsewhere, and serves on', async () => {
    const api = await startApi();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect((await ask(api.url, agent)).headers.connection).toBe('keep-alive');
    api.node.drain();
    const answer = await ask(api.url, agent);
    expect([answer.statusCode, answer.headers.connection]).toEqual([200, 'close']);
    expect((await ask(api.url, agent)).statusCode).toBe(200);
    await api.node.stop();
  });

  test('finishes what it has accepted', async () => {
    const { store, reached, release } = waitingStore();
    const api = await startApi({ store });
    const answer = api.call('{ messages { nextToken } }');
    await reached;
    const stopped = api.node.stop();
    release();
    expect((await answer).body).toEqual({ data: { messages: { nextToken: null } } });
    await stopped;
    await expect(fetch(api.url)).rejects.toThrow();
  });

  test('cuts what takes longer than 8 seconds', async () => {
    const { store, reached, release } = waitingStore();
    const due: Array<{ ms: number; run: () => void }> = [];
    const after = (ms: number, run: () => void) => {
      due.push({ ms, run });
      return () => {};
    };
    const api = await startApi({ store, timers: { ...systemTimers, after } });
    const cut = expect(api.call('{ messages { nextToken } }')).rejects.toThrow();
    await reached;
    const stopped = api.node.stop();
    expect(due.map(({ ms }) => ms)).toEqual([8_000]);
    due[0]?.run();
    await cut;
    release();
    await stopped;
  });
});

/** A store whose listing waits until it is released. */
function waitingStore() {
  let release = () => {};
  let arrived = () => {};
  const reached = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const store = new MemoryStore();
  store.listMessages = async () => {
    arrived();
    await released;
    return { items: [], next: null };
  };
  return { store, reached, release };
}
