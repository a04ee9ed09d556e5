import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { EXAMPLE_RECIPIENT, startExamplePage } from '../support/example-page.js';
import { startFirefox, type TestFirefox } from '../support/firefox.js';
import { until } from '../support/process.js';
import { type Product, startServe } from '../support/product.js';
import { MESSAGE, PUSH_MESSAGE } from './documents.js';

let firefox: TestFirefox;
let product: Product;
let example: { url: string; stop(): Promise<void> };

beforeAll(async () => {
  [firefox, product] = await Promise.all([startFirefox(), startServe()]);
  example = await startExamplePage(product);
}, 60_000);

afterAll(async () => {
  await firefox?.close();
  await example?.stop();
  await product?.stop();
});

async function push(message: string): Promise<string> {
  const { pushMessage } = await product.ask<{ pushMessage: [{ item: { id: string } }] }>(PUSH_MESSAGE, {
    input: { recipients: [EXAMPLE_RECIPIENT], message },
  });
  return pushMessage[0].item.id;
}

const isDelivered = (id: string) =>
  until('the receipt', async () => {
    const { message } = await product.ask<{ message: { status: string; receipt: string | null } }>(MESSAGE, { id });
    return `${message.status} ${message.receipt}` === 'DELIVERED ACK';
  });

test('the plain page works in Firefox, with the client of the delivery node, and after a kill of that', async () => {
  await firefox.open(example.url);
  await isDelivered(await push('one'));
  await product.kill();
  await product.restart();
  await isDelivered(await push('two'));
  const texts = await firefox.evaluate("[...document.querySelectorAll('#messages li')].map((one) => one.textContent).join()");
  expect(texts).toBe('one,two');
}, 60_000);
