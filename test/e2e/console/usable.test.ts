import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { startChromium, type TestChromium } from '../../support/chromium.js';
import { type Product, startServe } from '../../support/product.js';
import { consoleUrl, enter, goTo, makeWebhook, push, recall, visit } from './visit.js';

let chromium: TestChromium;
let product: Product;
let id: string;
let webhook: string;

const LONG_NAME = `${'a-very-long-name-'.repeat(14)}@example.org`;

beforeAll(async () => {
  [chromium, product] = await Promise.all([startChromium({ pageAlone: true }), startServe({ WEBHOOK_ALLOW: '127.0.0.0/8' })]);
  webhook = await makeWebhook(product);
  await recall(product, [await push(product, LONG_NAME, 'y'.repeat(2_000))]);
  await push(product, LONG_NAME, 'x'.repeat(2_000));
  id = await push(product, 'ann@example.org', '{"an":"invoice"}', { topic: 'news' });
}, 60_000);

afterAll(async () => {
  await chromium?.close();
  await product?.stop();
});

/** Every view, by what has to be there before it is looked at. */
const VIEWS: ReadonlyArray<readonly [to: () => string, sign: string]> = [
  [() => '/messages', '{"an":"invoice"}'],
  [() => '/messages?name=nobody', 'Nobody is called'],
  [() => '/messages?topic=none', 'Nothing matches'],
  [() => `/messages/${id}`, 'What happened'],
  [() => `/messages?name=${encodeURIComponent(LONG_NAME)}`, 'xxx'],
  [() => '/recipients', 'Whom is it about?'],
  [() => '/recipients?name=ann%40example.org', 'Nothing is known'],
  [() => '/globals', 'No messages to everybody yet'],
  [() => '/status-events', 'yyy'],
  [() => '/status-events?topic=none', 'Nothing matches'],
  [() => '/webhooks', 'http://127.0.0.1:9/a-very-long'],
  [() => `/webhooks/${webhook}`, 'connection refused'],
  [() => '/nowhere', 'There is no such page'],
];

const visible = (page: Page, sign: string): Promise<void> => page.getByText(sign).locator('visible=true').first().waitFor();

async function show(page: Page, to: string, sign: string): Promise<void> {
  await goTo(page, `#${to}`);
  await visible(page, sign);
}

/** Stands for the source of axe where the page has it already. */
const NOTHING = ';';

/** Asks axe about all rules in light colours, and about contrast in dark ones. */
async function faults(page: Page): Promise<string[]> {
  const found = [];
  const there = await page.evaluate<boolean>("'axe' in window");
  for (const [colorScheme, rules] of [
    ['dark', ['color-contrast']],
    ['light', null],
  ] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const axe = new AxeBuilder({ page, ...(there ? { axeSource: NOTHING } : {}) })
      .setLegacyMode(true)
      .options({ resultTypes: ['violations'] });
    found.push(...(await (rules ? axe.withRules([...rules]) : axe).analyze()).violations);
  }
  return found.map(({ id: rule, nodes }) => `${rule}: ${nodes.map(({ html }) => html).join(' ')}`);
}

test('axe finds nothing in any view', async () => {
  const { page } = await visit(chromium, product);
  expect(await faults(page)).toEqual([]);
  await enter(page, product.apiKey);
  for (const [to, sign] of VIEWS) {
    await show(page, to(), sign);
    expect([to(), ...(await faults(page))]).toEqual([to()]);
  }
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').waitFor();
  expect(await faults(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await show(page, `/messages/${id}`, 'What happened');
  await page.getByRole('button', { name: 'Recall …' }).click();
  await page.getByRole('alertdialog').waitFor();
  expect(await faults(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await show(page, `/webhooks/${webhook}`, 'connection refused');
  await page.getByText('connection refused').locator('visible=true').last().click();
  await page.getByText('Took').locator('visible=true').first().waitFor();
  expect(await faults(page)).toEqual([]);
  await page.getByRole('button', { name: 'Change …' }).click();
  await page.getByRole('dialog').waitFor();
  expect(await faults(page)).toEqual([]);
  await page.context().close();
}, 300_000);

/** Are those of a telephone, and of 1280 pixels at 200 % and at 400 %. All are narrow for the page: a style sheet alone tells them apart. */
const WIDTHS = [390, 640, 320];

test('nothing is cut, and nothing scrolls sideways, in narrow windows', async () => {
  const { page } = await visit(chromium, product, { viewport: { width: 390, height: 700 } });
  await enter(page, product.apiKey);
  const resize = (width: number) => page.setViewportSize({ width, height: 700 });
  for (const [to, sign] of VIEWS) {
    await show(page, to(), sign);
    for (const width of WIDTHS) {
      await resize(width);
      await visible(page, sign);
      const wide = await page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
      expect([to(), width, wide > 0]).toEqual([to(), width, false]);
    }
  }
  for (const width of WIDTHS) {
    await goTo(page, '#/nowhere');
    await resize(width);
    await page.getByRole('button', { name: 'Menu' }).click();
    await page.getByRole('link', { name: 'Globals' }).click();
    await page.getByText('No messages to everybody yet').waitFor();
    expect(await page.getByRole('link', { name: 'Globals' }).isVisible()).toBe(false);
  }
  await page.context().close();
}, 120_000);

test('everything can be done by keys alone', async () => {
  const { page } = await visit(chromium, product);
  await page.keyboard.type(product.apiKey);
  await page.keyboard.press('Enter');
  await page.getByText('{"an":"invoice"}').waitFor();

  await page.keyboard.press('/');
  await page.keyboard.type('ann');
  await page.getByRole('option', { name: 'ann@example.org' }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'ann@example.org' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByText('{"an":"invoice"}').waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.getByText('What happened').waitFor();
  await page.getByRole('button', { name: 'Recall …' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('alertdialog').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('alertdialog').waitFor({ state: 'detached' });
  // Where it was opened from; then out of the message.
  expect(await page.evaluate('document.activeElement.textContent')).toBe('Recall …');
  await page.keyboard.press('Escape');
  await page.getByText('What happened').waitFor({ state: 'detached' });

  await page.keyboard.press('Control+k');
  await page.keyboard.type('globals');
  await page.keyboard.press('Enter');
  await page.getByText('No messages to everybody yet').waitFor();
  await page.context().close();
}, 60_000);

test('a second visit costs one request for the page', async () => {
  const { page } = await visit(chromium, product);
  const network = await page.context().newCDPSession(page);
  await network.send('Network.enable');
  const answered: string[] = [];
  network.on('Network.responseReceived', ({ response }) => {
    if (!response.fromDiskCache) answered.push(`${response.status} ${response.url}`);
  });
  const cached = new Set<string>();
  network.on('Network.requestServedFromCache', ({ requestId }) => cached.add(requestId));
  await page.goto('about:blank');
  await page.goto(consoleUrl(product));
  await page.getByLabel('API key').waitFor();
  expect(answered.filter((line) => !line.includes('about:blank')).length - cached.size).toBeLessThanOrEqual(1);
  await page.context().close();
}, 60_000);
