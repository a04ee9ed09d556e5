import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startChromium, type TestChromium } from '../../support/chromium.js';
import { type Product, startServe } from '../../support/product.js';
import { enter, goTo, makeKey, push, visit } from './visit.js';

let chromium: TestChromium;
let product: Product;

beforeAll(async () => {
  [chromium, product] = await Promise.all([startChromium(), startServe()]);
}, 60_000);

afterAll(async () => {
  await chromium?.close();
  await product?.stop();
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
  expect(await page.getByRole('link', { name: 'Try it' }).count()).toBe(0);
  expect(await page.getByRole('link', { name: 'Keys and audit' }).count()).toBe(0);
  await goTo(page, '/keys');
  await page.getByText('Your key does not include this.').waitFor();
  await page.context().close();
}, 60_000);
