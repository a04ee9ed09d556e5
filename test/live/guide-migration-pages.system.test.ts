import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Installation, MALFORMED, startInstallation } from '../adapters/support.js';
import { startChromium, type TestChromium } from '../support/chromium.js';
import { printedBlocks } from '../support/documents.js';
import { until } from '../support/process.js';

/** Holds the scripts that the guide shows for pages that move from another service. */
const scripts = printedBlocks('docs/live-topics.md', 'js');

let chromium: TestChromium;
let tidings: Installation;
let server: Server;
let origin: string;
let token: string;

/** Makes a page with a script of the guide, whose number is the path. It shows what it gets. */
const pageOf = (script: string) => `<!doctype html>
<title>page</title>
<pre id="got"></pre>
<script>
  const line = (text) => { document.getElementById('got').textContent += text + '\\n'; };
  const show = (frame) => line(JSON.stringify(frame));
  const token = '${token}';
  ${script.replace('wss://push.example', tidings.deliveryUrls[0] as string)}
  // A wrong frame is answered after the right ones before it.
  ws.addEventListener('open', () => ws.send('${MALFORMED}'));
  ws.onclose = ({ code }) => line('closed ' + code);
</script>`;

beforeAll(async () => {
  [chromium, tidings] = await Promise.all([startChromium({ pageAlone: true }), startInstallation()]);
  server = createServer(({ url = '' }, response) => {
    const script = scripts[Number(url.slice(1))];
    response.setHeader('content-type', 'text/html').end(script === undefined ? '' : pageOf(script));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await tidings.ask('mutation { setEventRule(input: { entity: "FILE", types: ["UPDATE"] }) { entity } }');
  await tidings.ask(
    'mutation { createAlertRule(input: { code: "LATE", topic: "voyage", condition: "data.delay > 24" }) { code } }',
  );
}, 60_000);

afterAll(async () => {
  await chromium?.close();
  server?.close();
  await tidings?.stop();
});

const voyage = (n: number) => ({
  key: 17,
  self: 'https://example.org/17',
  referenceNo: n,
  vessel: { name: 'North', imo: 9 },
  delay: 25,
});
const CALL = 'customer_id:5013bc52-da9a-11ee-844f-2fa34248de28:activeflow:1';

it('the guide shows a page for each service, and two for the one with two URLs', () => {
  expect(scripts).toHaveLength(5);
});

it.each<[string, number, string, (n: number) => object, (n: number) => object]>([
  [
    'entity events',
    0,
    'file:37c3b618',
    () => ({}),
    (n) => ({ entity: 'FILE', id: '37c3b618', name: `${n}`, action: 'UPDATE', attributes: ['n'] }),
  ],
  [
    'table topics',
    1,
    'user_account:1',
    (n) => ({ n }),
    (n) => ({ MessageSource: 'database', EventType: 'update', ObjectType: 'user_account', EventData: { n } }),
  ],
  ['topic paths', 2, CALL, (n) => ({ n }), (n) => ({ type: 'activeflow_updated', data: { n } })],
  [
    'object subscriptions',
    3,
    'voyage:17',
    voyage,
    (n) => ({ key: 17, self: 'https://example.org/17', referenceNo: n, vessel: { name: 'North' } }),
  ],
  ['alert scripts', 4, 'voyage:17', voyage, voyage],
])(
  'the page of the guide follows a record by %s',
  async (_, number, topic, data, frame) => {
    // The token is for pages of this origin alone, which the browser sends by itself.
    ({ token } = await tidings.register({ recipient: 'page', subscribe: ['*'], origin }));
    const page = await chromium.browser.newPage();
    try {
      await page.goto(`${origin}/${number}`);
      const lines = async () => ((await page.locator('#got').textContent()) ?? '').split('\n').slice(0, -1);
      await until('the answer to what is wrong', async () => (await lines()).length === 1, 20_000);
      for (let n = 1; n <= 3; n++) {
        await tidings.publish({ topic, type: 'delete', data: {} });
        await tidings.publish({ topic, type: 'update', name: `${n}`, changed: ['n'], data: data(n) });
      }
      const updates = async () =>
        (await lines()).slice(1).filter((line) => !line.includes('deleted') && !line.startsWith('closed'));
      await until('the events', async () => (await updates()).length >= 3, 20_000);
      expect((await updates()).map((line) => JSON.parse(line))).toEqual([1, 2, 3].map(frame));
      await tidings.ask('mutation { revokeRecipient(input: { recipient: "page" }) { revokedAt } }');
      await until('the page to be told of the end', async () => (await lines()).at(-1) === 'closed 4403', 20_000);
    } finally {
      await page.close();
    }
  },
  60_000,
);
