import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { gql } from 'graphql-tag';
import { startServe, until } from '../support/index.js';
import type { Product } from '../support/product.js';
import { Client } from './support/client.js';

const CLIENTS = 20;
const PONG_TIMEOUT_MS = 2_000;

let product: Product;
beforeAll(async () => {
  product = await startServe({ PING_INTERVAL: '1s', PONG_TIMEOUT: `${PONG_TIMEOUT_MS}ms` });
}, 60_000);
afterAll(() => product.stop());

const REGISTER = gql`
  mutation ($recipient: String!) {
    registerRecipient(input: { recipient: $recipient }) {
      token
    }
  }
`;

async function connect(recipient: string): Promise<Client> {
  const { registerRecipient } = await product.ask<{ registerRecipient: { token: string } }>(REGISTER, { recipient });
  return Client.open(Number(new URL(product.deliveryUrl).port), { token: registerRecipient.token });
}

test('a node that stood still reads the pongs that came meanwhile before it judges anybody', async () => {
  const clients = await Promise.all(Array.from({ length: CLIENTS }, (_, i) => connect(`recipient ${i}`)));
  for (const client of clients) client.pongs = false;
  const before = clients.map(({ pings }) => pings.length);
  await Promise.all(clients.map((client, i) => client.until(() => client.pings.length > (before[i] ?? 0))));

  process.kill(product.pid, 'SIGSTOP');
  const stoodFrom = performance.now();
  for (const client of clients) client.pong(client.pings.at(-1) as Buffer);
  await until('the time for pongs to be over', () => performance.now() - stoodFrom > PONG_TIMEOUT_MS + 500);
  const pinged = clients.map(({ pings }) => pings.length);
  for (const client of clients) client.pongs = true;
  process.kill(product.pid, 'SIGCONT');

  await Promise.all(clients.map((client, i) => client.until(() => client.gone || client.pings.length > (pinged[i] ?? 0))));
  expect(clients.map(({ gone, closeCode }) => [gone, closeCode])).toEqual(clients.map(() => [false, null]));
  for (const client of clients) client.cut();
}, 60_000);
