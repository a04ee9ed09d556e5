import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { singleBody } from '../../src/core/domain/webhook/webhook-body.js';
import { signature } from '../../src/webhooks/signature.js';
import { printedBlock } from '../support/documents.js';
import { freePort, until } from '../support/index.js';
import { SECRET } from './support/installation.js';

const FILE = 'node_modules/.tidings-example-receiver.mjs';
const lines: string[] = [];
let receiver: ChildProcess;
let url: string;

/** Runs the receiver that stands in the guide. */
beforeAll(async () => {
  const code = printedBlock('docs/webhooks.md', 'js');
  expect(code.trim().split('\n').length).toBeLessThanOrEqual(30);
  writeFileSync(FILE, code);
  const port = await freePort();
  url = `http://127.0.0.1:${port}/`;
  receiver = spawn(process.execPath, [FILE], { env: { ...process.env, WEBHOOK_SECRET: SECRET, PORT: String(port) } });
  if (receiver.stdout) createInterface(receiver.stdout).on('line', (line) => lines.push(line));
  await until(
    'it listens',
    () =>
      fetch(url).then(
        () => true,
        () => false,
      ),
    10_000,
  );
});
afterAll(() => {
  receiver.kill();
});

async function post(told: { id: string }, secret = SECRET): Promise<number> {
  const body = JSON.stringify(told);
  const timestamp = Math.floor(Date.now() / 1000);
  const signed = signature(secret, { id: told.id, timestamp, body });
  const headers = { 'webhook-id': told.id, 'webhook-timestamp': String(timestamp), 'webhook-signature': signed };
  return (await fetch(url, { method: 'POST', body, headers })).status;
}

const event = (id: string) => ({ id, type: 'message.delivered', data: { id: `message of ${id}`, recipient: 'ann' } });

test('the event of the guide is one that is posted, and the receiver takes it', async () => {
  const printed = JSON.parse(printedBlock('docs/webhooks.md', 'json'));
  const { id: messageId, recipient, topic, receipt, cancelReason, globalMessageId, createdAt, deliveredAt } = printed.data;
  const event = { id: printed.id, type: 'DELIVERED', at: new Date(deliveredAt), messageId, recipient, topic, receipt } as const;
  const facts = { createdAt: new Date(createdAt), expiresAt: null, cancelledAt: null, message: null };
  expect(JSON.parse(singleBody({ event: { ...event, cancelReason, globalMessageId }, facts }))).toEqual(printed);
  expect(await post(printed)).toBe(204);
  await until('it has said so', () => lines.length === 1);
  expect(lines.splice(0)).toEqual([`message.delivered ${messageId} ${recipient}`]);
});

test('the receiver of the guide takes each event once, and none that it cannot verify', async () => {
  expect(await post(event('1'))).toBe(204);
  expect(await post(event('1'))).toBe(204);
  const batch = { id: 'b', type: 'message.batch', data: { events: [event('1'), event('2')] } };
  expect(await post(batch as { id: string })).toBe(204);
  expect(await post(event('3'), `whsec_${Buffer.alloc(32, 8).toString('base64')}`)).toBe(401);
  expect(await post(event('4'))).toBe(204);
  await until('it has said so', () => lines.length >= 3);
  expect(lines).toEqual(['1', '2', '4'].map((id) => `message.delivered message of ${id} ann`));
});
