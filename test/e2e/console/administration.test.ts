import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Request } from 'playwright-core';
import { startChromium, type TestChromium } from '../../support/chromium.js';
import { type Product, startServe } from '../../support/product.js';
import { Receiver } from '../../webhooks/support/receiver.js';
import { enter, goTo, makeKey, push, recall, visit } from './visit.js';

let chromium: TestChromium;
let product: Product;
let receiver: Receiver;

beforeAll(async () => {
  [chromium, product, receiver] = await Promise.all([
    startChromium({ pageAlone: true }),
    startServe({ WEBHOOK_ALLOW: '127.0.0.0/8' }),
    Receiver.start(),
  ]);
}, 60_000);

afterAll(async () => {
  await chromium?.close();
  await product?.stop();
  receiver?.stop();
});

test('a message is tried: it is delivered to this page, and what waits is recalled when one goes', async () => {
  const { page, violations } = await visit(chromium, product);
  await enter(page, product.apiKey);
  await page.getByRole('link', { name: 'Try it' }).click();
  await page.getByRole('button', { name: 'Connect here' }).click();
  await page.getByText('This page is connected.').waitFor();
  await page.getByLabel('Message').fill('a text that is tried');
  await page.getByRole('button', { name: 'Push it' }).click();
  await page.getByText('This page got: “a text that is tried”').waitFor();
  await page.getByText('this browser confirmed it').waitFor();

  await page.getByRole('button', { name: 'Disconnect' }).click();
  await page.getByText('The connection has ended').waitFor();
  await page.getByLabel('Message').fill('a text that waits');
  await page.getByRole('button', { name: 'Push it' }).click();
  await page.getByText('Your backend pushed the message').nth(1).waitFor();
  const cleaned = page.waitForResponse((answer) => answer.request().postData()?.includes('tryCleanUp') === true);
  await page.getByRole('link', { name: 'Globals' }).click();
  expect(await (await cleaned).json()).toEqual({ data: { cancelMessages: { cancelled: 1 } } });
  expect(violations).toEqual([]);
  await page.context().close();
}, 60_000);

test('a key is made, shown once, ended; and the audit tells of both', async () => {
  const { page, violations } = await visit(chromium, product);
  await enter(page, product.apiKey);
  await page.getByRole('link', { name: 'Keys and audit' }).click();
  await page.getByRole('button', { name: 'Make a key …' }).click();
  await page.getByLabel('What it is for').fill('night shift');
  await page.getByRole('button', { name: 'Make it' }).click();
  const secret = await page.locator('code.secret').textContent();
  expect(secret).toMatch(/^tk_/);
  await page.getByRole('button', { name: 'I have it' }).click();
  const card = page.getByRole('listitem').filter({ hasText: 'night shift' }).first();
  await card.getByText('For support, without texts').waitFor();
  expect(await page.content()).not.toContain(secret);

  await card.getByRole('button', { name: 'End this key …' }).click();
  await page.getByRole('button', { name: 'End it' }).click();
  await page.getByText('1 key that no longer work').waitFor();
  await page.getByRole('button', { name: 'Ask anew' }).click();
  await page.getByText('Ended a key').locator('visible=true').first().waitFor();
  await page.getByText('Made a key').locator('visible=true').first().waitFor();
  expect(violations).toEqual([]);
  await page.context().close();
}, 60_000);

test('status events are switched on, come by themselves, lead to their messages, and are switched off', async () => {
  const { page, violations } = await visit(chromium, product);
  await enter(page, product.apiKey);
  await page.getByRole('link', { name: 'Status events' }).click();
  await page.getByText('Status events are off').waitFor();
  await page.getByRole('button', { name: 'Switch on' }).click();
  await page.getByText('Nothing became known yet').waitFor();
  await recall(product, [await push(product, 'told@example.org', 'a text that is recalled')]);
  await page.getByText('a text that is recalled').click();
  await page.getByText(/^Recalled by “/).waitFor();

  await page.goBack();
  await page.getByText('That is all so far.').waitFor();
  await page.getByLabel('What happened').selectOption('DELIVERED');
  await page.getByText('Nothing matches').waitFor();
  await page.getByRole('button', { name: 'Switch off …' }).click();
  await page.getByText('cannot be recorded later').waitFor();
  await page.getByRole('button', { name: 'Switch off', exact: true }).click();
  await page.getByText('Status events are off').waitFor();
  expect(violations).toEqual([]);
  await page.context().close();
}, 60_000);

test('a webhook is made, tested, told, told again, paused and deleted', async () => {
  const { page, violations } = await visit(chromium, product);
  await enter(page, product.apiKey);
  await page.getByRole('link', { name: 'Webhooks' }).click();
  await page.getByRole('link', { name: 'switch them on first' }).click();
  await page.getByRole('button', { name: 'Switch on' }).click();
  await page.getByText('That is all so far.').waitFor();
  await page.getByRole('link', { name: 'Webhooks' }).click();
  await page.getByRole('button', { name: 'Make a webhook …' }).click();
  await page.getByLabel('Address').fill('http://192.0.2.1/hook');
  await page.getByLabel('Recalled').check();
  await page.getByRole('button', { name: 'Make it' }).click();
  await page.getByText('The service said: url must begin with https://').waitFor();
  await page.route('**/graphql', (route) =>
    isCreation(route.request()) ? route.fulfill({ status: 503, json: NO_SECRETS_KEY }) : route.continue(),
  );
  await page.getByLabel('Address').fill(receiver.url);
  await page.getByRole('button', { name: 'Make it' }).click();
  await page.getByText('Ask the operator of this service to set SECRETS_KEY.').waitFor();
  await page.unroute('**/graphql');
  await page.getByRole('button', { name: 'Make it' }).click();
  const secret = await page.locator('code.secret').textContent();
  expect(secret).toMatch(/^whsec_/);
  await page.getByRole('button', { name: 'I have it' }).click();

  await page.getByText('nothing taken yet').click();
  await page.getByText('Ready: nothing was sent to it yet.').waitFor();
  await page.getByRole('button', { name: 'Send a test' }).click();
  await page.getByText('The test was taken.').waitFor();
  await recall(product, [await push(product, 'hooked@example.org', 'a text that a webhook is told of')]);
  await receiver.received(2);
  const told = page.locator('.attempt-row').getByText('1 event', { exact: true });
  while ((await told.count()) === 0) {
    const listed = page.waitForResponse((answer) => answer.request().postData()?.includes('query attempts') === true);
    await page.getByRole('button', { name: 'Ask anew' }).click();
    await listed;
  }
  await told.click();
  await page.getByRole('button', { name: 'Send it again …' }).click();
  await page.getByRole('button', { name: 'Send again', exact: true }).click();
  await page.getByText('1 event goes out again.').waitFor();
  const [test, event, again] = (await receiver.received(3)).map(({ headers, body }) => [
    headers['webhook-id'],
    JSON.parse(body).type,
  ]);
  expect([test?.[1], event?.[1], again]).toEqual(['webhook.test', 'message.recalled', event]);

  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByText(/^Paused\. What comes waits/).waitFor();
  await page.getByRole('button', { name: 'New secret …' }).click();
  await page.getByRole('button', { name: 'Make it' }).click();
  await page.getByText('shown only this once').waitFor();
  expect(await page.locator('code.secret').textContent()).not.toBe(secret);
  await page.getByRole('button', { name: 'I have it' }).click();
  await page.getByRole('button', { name: 'Delete …' }).click();
  await page.getByText('is told nothing any more').waitFor();
  await page.getByRole('button', { name: 'Delete it' }).click();
  await page.getByText('No webhooks yet').waitFor();
  expect(violations).toEqual([]);
  await page.context().close();
}, 120_000);

const isCreation = (request: Request): boolean => request.postData()?.includes('mutation createWebhook') === true;

/** Is what a server answers that has no SECRETS_KEY. */
const NO_SECRETS_KEY = {
  data: { createWebhook: null },
  errors: [
    {
      message: 'webhooks need SECRETS_KEY, which the operator of this service has not set',
      extensions: { code: 'SERVICE_UNAVAILABLE', outcome: 'NOT_ACCEPTED' },
    },
  ],
};

test('the overview counts what was accepted, in figures and in a table', async () => {
  await push(product, 'counted@example.org', 'a text that is counted');
  const { page, violations } = await visit(chromium, product);
  await enter(page, product.apiKey);
  await page.getByRole('link', { name: 'Overview' }).click();
  await page.locator('.chart canvas').first().waitFor();
  const accepted = await page.locator('.figures dd').first().textContent();
  expect(Number(accepted)).toBeGreaterThan(0);
  await page.getByText('The numbers').click();
  expect(await page.locator('.usage-table tbody tr').count()).toBe(24);
  await page.getByLabel('Time').selectOption('month');
  await page.getByText('Day (GMT)').waitFor({ state: 'attached' });
  expect(await page.locator('.usage-table tbody tr').count()).toBe(30);
  expect(violations).toEqual([]);
  await page.context().close();
}, 60_000);

test('a key sees only the views that it is granted', async () => {
  const { secret } = await makeKey(product, 'query:messages query:message query:usage');
  const { page } = await visit(chromium, product);
  await enter(page, secret);
  await page.getByRole('link', { name: 'Overview' }).waitFor();
  for (const name of ['Try it', 'Status events', 'Webhooks']) expect(await page.getByRole('link', { name }).count()).toBe(0);
  expect(await page.getByRole('link', { name: 'Keys and audit' }).count()).toBe(0);
  await goTo(page, '/keys');
  await page.getByText('Your key does not include this.').waitFor();
  await page.context().close();
}, 60_000);
