import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Installation, startInstallation } from '../adapters/support.js';
import { startChromium, type TestChromium } from '../support/chromium.js';
import { until } from '../support/process.js';

const guide = readFileSync(new URL('../../docs/live-topics.md', import.meta.url), 'utf8');
const html = /^```html\n(.*?)^```/ms.exec(guide)?.[1] as string;
const TOPIC = 'file:37c3b618';

let chromium: TestChromium;
let tidings: Installation;
let server: Server;
let url: string;
const state = { pages: 1 };
let connections = 0;
let fetched = 0;

beforeAll(async () => {
  [chromium, tidings] = await Promise.all([startChromium(), startInstallation()]);
  server = createServer(async (request, response) => {
    if (request.url === '/connection') {
      connections++;
      const registration = await tidings.register({ recipient: 'page', subscribe: [TOPIC] });
      response.setHeader('cache-control', 'no-store').end(JSON.stringify(registration));
    } else if (request.url === '/files/37c3b618') {
      fetched++;
      response.end(JSON.stringify(state));
    } else {
      response.setHeader('content-type', 'text/html').end(html);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}, 60_000);

afterAll(async () => {
  await chromium?.close();
  server?.close();
  await tidings?.stop();
});

it('the page of the guide shows a record, follows its changes, and catches up after a lost connection', async () => {
  const page = await chromium.browser.newPage();
  await page.goto(url);
  const shows = (pages: number) =>
    until(
      `the page to show ${pages}`,
      async () => JSON.parse((await page.locator('#file').textContent()) || '{}').pages === pages,
      20_000,
    );
  await shows(1);
  await tidings.publish({ topic: TOPIC, data: { id: '37c3b618', pages: 2 } });
  await shows(2);
  await tidings.ask('mutation { revokeRecipient(input: { recipient: "page" }) { revokedAt } }');
  // The event is published while the page is away, and nothing else tells of it: what the page could fetch is
  // old.
  await tidings.publish({ topic: TOPIC, data: { id: '37c3b618', pages: 3 } });
  await shows(3);
  expect(connections).toBeGreaterThan(1);
  expect(fetched).toBe(1);
  await page.close();
}, 60_000);
