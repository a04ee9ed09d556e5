/**
 * Starts the product on its embedded parts and prints how many messages a second it accepts, writes to its
 * 100 connections and confirms (DELIVERED in the database). Load and product share the machine.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import WebSocket from 'ws';
import { leash } from '../test/support/leash.js';

const CALLERS = 64;
const REGISTER = 'mutation($input:RegisterRecipientInput!){registerRecipient(input:$input){connectionUri}}';
const PUSH = 'mutation($input:MessageInput!){pushMessage(input:$input){item{id}}}';
const PENDING = '{messages(filter:{status:PENDING},limit:1){items{id} nextToken}}';

interface Answers {
  registerRecipient: { connectionUri: string };
  pushMessage: Array<{ item: { id: string } | null }>;
  messages: { items: unknown[]; nextToken: string | null };
}

const seconds = Number(process.argv[2] ?? 10);
const dataDir = mkdtempSync(join(tmpdir(), 'tidings-load-'));
const env = { ...process.env, DATA_DIR: dataDir, API_PORT: '0', DELIVERY_PORT: '0', LOG_LEVEL: 'warn' };
const product = spawn(process.execPath, ['bin/tidings.mjs', 'serve', '--json'], {
  env,
  stdio: ['ignore', 'pipe', 'inherit'],
  detached: true,
});
leash(product, { folder: dataDir });
const line = await new Promise<string>((resolve) => createInterface({ input: product.stdout }).once('line', resolve));
const { urls, apiKey } = JSON.parse(line) as { urls: { api: string }; apiKey: string };

async function ask(query: string, input?: object): Promise<Answers> {
  const response = await fetch(urls.api, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': apiKey },
    body: JSON.stringify({ query, variables: { input } }),
  });
  return ((await response.json()) as { data: Answers }).data;
}

const recipients = Array.from({ length: 100 }, (_, i) => `recipient-${i}`);
let [accepted, delivered, next] = [0, 0, 0];
for (const recipient of recipients) {
  const socket = new WebSocket((await ask(REGISTER, { recipient })).registerRecipient.connectionUri);
  socket.on('message', () => delivered++);
  await new Promise((resolve) => socket.once('open', resolve));
}

const began = performance.now();
const elapsed = () => (performance.now() - began) / 1000;
async function push(): Promise<void> {
  while (elapsed() < seconds) {
    const input = { recipients: [recipients[next++ % recipients.length]], message: 'x'.repeat(200) };
    if ((await ask(PUSH, input)).pushMessage[0]?.item) accepted++;
  }
}
async function isPending(): Promise<boolean> {
  const { items, nextToken } = (await ask(PENDING)).messages;
  return items.length > 0 || nextToken !== null;
}

await Promise.all(Array.from({ length: CALLERS }, push));
const acceptedIn = elapsed();
while (await isPending());
const confirmedIn = elapsed();

const rate = (count: number, time: number) => `${Math.round(count / time).toLocaleString('en-US')}/s`;
console.log(
  `accepted ${rate(accepted, acceptedIn)}, delivered ${rate(delivered, confirmedIn)}, confirmed ${rate(accepted, confirmedIn)}`,
);
product.once('exit', () => {
  rmSync(dataDir, { recursive: true, force: true });
  process.exit();
});
product.kill('SIGTERM');
