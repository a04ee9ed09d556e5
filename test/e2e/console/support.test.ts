import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { gql } from 'graphql-tag';
import type { Request } from 'playwright-core';
import { startChromium, type TestChromium } from '../../support/chromium.js';
import { type Product, startServe } from '../../support/product.js';
import { consoleUrl, enter, goTo, makeKey, push, type Visit, visit } from './visit.js';

let chromium: TestChromium;
let product: Product;

beforeAll(async () => {
  [chromium, product] = await Promise.all([startChromium({ pageAlone: true }), startServe()]);
}, 60_000);

afterAll(async () => {
  await chromium?.close();
  await product?.stop();
});

const rows = ({ page }: Visit) => page.locator('.row-link').allTextContents();

test('the root leads to the console, which works under its policy, with nothing from elsewhere', async () => {
  const { page, violations, requested } = await visit(chromium, product);
  await page.goto(new URL('/', product.apiUrl).href);
  expect(page.url()).toBe(consoleUrl(product));
  await push(product, 'seen@example.org', 'a text that is seen');
  await enter(page, product.apiKey);
  await page.getByText('a text that is seen').waitFor();
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  expect(violations).toEqual([]);
  for (const url of requested) expect(new URL(url).origin).toBe(new URL(product.apiUrl).origin);
  await page.context().close();
}, 60_000);

test('a first visit needs no file that the page does not name, and asks for messages beside what the key is', async () => {
  const { page, requested } = await visit(chromium, product);
  const html = await (await fetch(consoleUrl(product))).text();
  const scripts = requested.filter((url) => url.endsWith('.js')).map((url) => url.split('/').at(-1) ?? '');
  expect(scripts.length).toBeGreaterThan(1);
  expect(scripts.filter((name) => !html.includes(name))).toEqual([]);
  const asked = page.waitForRequest((request) => request.postData()?.includes('query messages') ?? false);
  await page.route('**/graphql', async (route) => {
    if (route.request().postData()?.includes('query currentKey')) await asked;
    await route.continue();
  });
  await enter(page, product.apiKey);
  await page.getByRole('heading', { name: 'Messages' }).waitFor();
  await page.context().close();
}, 60_000);

test('a message is found by name, opened, and recalled', async () => {
  const id = await push(product, 'recall@example.org', 'sent by mistake');
  await push(product, 'somebody.else@example.org', 'another text');
  const tab = await visit(chromium, product);
  const { page } = tab;
  await enter(page, product.apiKey);
  await page.getByPlaceholder('Name, beginning').fill('recall@');
  await page.getByRole('option', { name: 'recall@example.org' }).click();
  await page.getByText('sent by mistake').waitFor();
  expect(await rows(tab)).toHaveLength(1);
  expect(page.url()).toBe(`${consoleUrl(product)}#/messages?name=recall%40example.org`);

  await page.locator('.row-link').click();
  await page.getByText('nobody called "recall@example.org" has connected').waitFor();
  expect(page.url()).toBe(`${consoleUrl(product)}#/messages/${id}?name=recall%40example.org`);
  await page.getByRole('button', { name: 'Recall …' }).click();
  await page.getByText('They will not get it.').waitFor();
  await page.getByRole('button', { name: 'Recall it' }).click();
  await page.getByText('before it was delivered').waitFor();
  await page.context().close();
}, 60_000);

test('a link leads to what it names once a key was entered, a wrong one in between', async () => {
  const id = await push(product, 'linked@example.org', 'a linked text');
  const { page } = await visit(chromium, product);
  await goTo(page, `#/messages/${id}`);
  await enter(page, 'tk_wrong');
  await page.getByText('This key does not work').waitFor();
  await enter(page, product.apiKey);
  await page.getByText('a linked text').first().waitFor();
  expect(await page.title()).toBe('linked@example.org · Message · Tidings');
  await page.context().close();
}, 60_000);

test('a name that nobody has is told, with those that begin like it', async () => {
  await push(product, 'mia@example.org', 'to Mia');
  const { page } = await visit(chromium, product);
  await enter(page, product.apiKey);
  await page.getByPlaceholder('Name, beginning').fill('mia');
  await page.getByRole('option', { name: 'Nobody is called “mia”: show who begins like it' }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Nobody is called “mia”' }).waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.getByText('to Mia').waitFor();
  await page.context().close();
}, 60_000);

test('another question takes the former answer away at once, and a late answer to that one never shows', async () => {
  await push(product, 'first@example.org', 'text to the first');
  await push(product, 'second@example.org', 'text to the second');
  const tab = await visit(chromium, product);
  const { page } = tab;
  await enter(page, product.apiKey);
  await goTo(page, '#/messages?name=second%40example.org');
  await page.getByText('text to the second').waitFor();

  let arrive = () => {};
  const released = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const isFirst = (request: Request) => request.postData()?.includes('first@example.org') ?? false;
  await page.route('**/graphql', async (route) => {
    if (!isFirst(route.request())) return route.continue();
    await released;
    // The page has given it up.
    await route.continue().catch(() => {});
  });
  const asked = page.waitForRequest(isFirst);
  await goTo(page, '#/messages?name=first%40example.org');
  await asked;
  expect(await rows(tab)).toEqual([]);
  const givenUp = page.waitForEvent('requestfailed', isFirst);
  await goTo(page, '#/messages?name=second%40example.org');
  await page.getByText('text to the second').waitFor();
  await givenUp;
  arrive();
  await page.getByRole('button', { name: 'Ask anew' }).click();
  await page.getByText('text to the second').waitFor();
  expect((await rows(tab)).join()).not.toContain('text to the first');
  await page.context().close();
}, 60_000);

test('new messages are told, and do not move what is read', async () => {
  await push(product, 'reader@example.org', 'what is read');
  const tab = await visit(chromium, product);
  const { page } = tab;
  await page.clock.install();
  await page.reload();
  await enter(page, product.apiKey);
  await goTo(page, '#/messages?name=reader%40example.org');
  await page.getByText('what is read').waitFor();
  await push(product, 'reader@example.org', 'what is new');
  await page.clock.runFor(11_000);
  await page.getByRole('button', { name: 'Show 1 new message' }).waitFor();
  expect((await rows(tab)).join()).not.toContain('what is new');
  await page.getByRole('button', { name: 'Show 1 new message' }).click();
  await page.getByText('what is new').waitFor();
  await page.context().close();
}, 60_000);

test('leaving takes every text and name from the page, its address and the tab', async () => {
  await push(product, 'private@example.org', 'a private text');
  const { page } = await visit(chromium, product);
  await enter(page, product.apiKey);
  await goTo(page, '#/messages?name=private%40example.org');
  await page.getByText('a private text').click();
  await page.getByText('What happened').waitFor();
  await page.getByRole('button', { name: 'Leave' }).click();
  await page.getByText('are forgotten').waitFor();
  const left = `${await page.content()} ${await page.title()} ${page.url()} ${await page.evaluate('JSON.stringify([sessionStorage, localStorage])')}`;
  for (const word of ['private', product.apiKey]) expect(left).not.toContain(word);
  await page.context().close();
}, 60_000);

const REVOKE_KEY = gql`
  mutation revokeApiKey($input: RevokeApiKeyInput!) {
    revokeApiKey(input: $input) {
      id
    }
  }
`;

test('a key sees what it was granted, texts hidden; once revoked it leaves the screen by itself', async () => {
  await push(product, 'hidden@example.org', 'a text not for everybody');
  const key = await makeKey(product, 'query:message query:messages query:recipients option:hide-text');
  const { page } = await visit(chromium, product);
  await page.clock.install();
  await page.reload();
  await enter(page, key.secret);
  await goTo(page, '#/messages?name=hidden%40example.org');
  await page.getByText('[24 bytes]').click();
  await page.getByText('Your key does not show texts.').waitFor();
  expect(await page.getByRole('navigation').getByRole('link').allTextContents()).toEqual(['Messages', 'API']);
  expect(await page.getByRole('button', { name: 'Recall …' }).count()).toBe(0);
  await goTo(page, '#/globals');
  await page.getByText('Your key does not include this.').waitFor();
  await goTo(page, '#/messages?name=hidden%40example.org');
  await page.getByText('[24 bytes]').waitFor();

  await product.ask(REVOKE_KEY, { input: { id: key.id } });
  await page.clock.runFor(60_000);
  await page.getByText('This key does not work').waitFor();
  expect(`${await page.content()} ${page.url()}`).not.toContain('hidden@example.org');
  await page.context().close();
}, 60_000);
