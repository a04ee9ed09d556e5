// The shortest load there is: `node bench/load.mjs [seconds]` starts the product on its embedded parts and tells how many messages a
// second are accepted (durable), delivered (a frame came) and confirmed (DELIVERED in the database). Load and product share the machine.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import WebSocket from 'ws';

const seconds = Number(process.argv[2] ?? 10);
const dataDir = mkdtempSync(join(tmpdir(), 'tidings-load-'));
const env = { ...process.env, DATA_DIR: dataDir, API_PORT: '0', DELIVERY_PORT: '0', LOG_LEVEL: 'warn' };
const product = spawn(process.execPath, ['bin/tidings.mjs', 'serve', '--json'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
const [line] = await new Promise((resolve) =>
  createInterface({ input: product.stdout }).once('line', (...args) => resolve(args)),
);
const { urls, apiKey } = JSON.parse(line);
const headers = { 'content-type': 'application/json', 'x-api-key': apiKey };
const ask = async (query, input) => {
  const response = await fetch(urls.api, { method: 'POST', headers, body: JSON.stringify({ query, variables: { input } }) });
  return (await response.json()).data;
};
const names = Array.from({ length: 100 }, (_, i) => `recipient-${i}`);
let [accepted, delivered, next] = [0, 0, 0];
for (const recipient of names) {
  const query = 'mutation($input:RegisterRecipientInput!){registerRecipient(input:$input){connectionUri}}';
  const socket = new WebSocket((await ask(query, { recipient })).registerRecipient.connectionUri);
  socket.on('message', () => delivered++);
  await new Promise((resolve) => socket.once('open', resolve));
}
const began = performance.now();
const push = 'mutation($input:MessageInput!){pushMessage(input:$input){item{id}}}';
const caller = async () => {
  while (performance.now() - began < seconds * 1000) {
    const { pushMessage } = await ask(push, { recipients: [names[next++ % names.length]], message: 'x'.repeat(200) });
    if (pushMessage[0].item) accepted++;
  }
};
await Promise.all(Array.from({ length: 64 }, caller));
const acceptedIn = (performance.now() - began) / 1000;
const pending = () => ask('{messages(filter:{status:PENDING},limit:1){items{id} nextToken}}');
for (let page = (await pending()).messages; page.items.length > 0 || page.nextToken; ) page = (await pending()).messages;
const confirmedIn = (performance.now() - began) / 1000;
const rate = (count, time) => `${Math.round(count / time).toLocaleString('en-US')}/s`;
console.log(
  `accepted ${rate(accepted, acceptedIn)}, delivered ${rate(delivered, confirmedIn)}, confirmed ${rate(accepted, confirmedIn)}`,
);
product.once('exit', () => {
  rmSync(dataDir, { recursive: true, force: true });
  process.exit();
});
product.kill('SIGTERM');
