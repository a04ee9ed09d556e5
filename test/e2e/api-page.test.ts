import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { gql } from 'graphql-tag';
import type { Page, Request } from 'playwright-core';
import { startChromium, type TestChromium } from '../support/chromium.js';
import { until } from '../support/process.js';
import { type Product, startServe } from '../support/product.js';

let chromium: TestChromium;
let product: Product;
let page: Page;
let violations: string[];
let requested: Array<{ url: string; key: string | undefined }>;

beforeAll(async () => {
  [chromium, product] = await Promise.all([startChromium({ pageAlone: true }), startServe()]);
}, 60_000);

afterAll(async () => {
  await chromium?.close();
  await product?.stop();
});

async function openConsole(): Promise<void> {
  page = await (await chromium.browser.newContext({ viewport: { width: 1400, height: 900 } })).newPage();
  violations = [];
  requested = [];
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/i.test(message.text())) violations.push(message.text());
  });
  page.on('pageerror', (error) => violations.push(error.message));
  page.on('request', (request) => requested.push({ url: request.url(), key: request.headers()['x-api-key'] }));
  await page.goto(product.apiUrl);
  await page.getByRole('tab', { name: 'registerRecipient' }).waitFor();
}

async function enter(key: string): Promise<void> {
  await page.getByLabel('API key').fill(key);
  await page.getByRole('button', { name: 'Use this key' }).click();
}

const response = () =>
  page
    .locator('.graphiql-response .CodeMirror-code')
    .textContent()
    .then((text) => text ?? '');

async function run(tab: string): Promise<void> {
  await page.getByRole('tab', { name: tab }).click();
  await page.getByRole('button', { name: /Execute query/ }).click();
}

test('the console is styled and works under its content policy, without anything from elsewhere', async () => {
  await openConsole();
  const answer = await page.request.get(product.apiUrl, { headers: { accept: 'text/html' } });
  expect(answer.headers()['content-security-policy']).toMatch(/default-src 'self'/);
  await enter(product.apiKey);
  await page.getByText('Key accepted.').waitFor();
  // A style sheet that did not load would leave the editor without its two columns, its font and its colours.
  expect(await page.evaluate("getComputedStyle(document.querySelector('.graphiql-sessions')).display")).toBe('flex');
  await until('the editor font', () => page.evaluate<boolean>(`document.fonts.check('16px "Fira Code"')`));
  // Dialogs add a style rule while they are open.
  await page.getByRole('button', { name: 'Open settings dialog' }).click();
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  expect(violations).toEqual([]);
  for (const { url } of requested) expect(new URL(url).origin).toBe(new URL(product.apiUrl).origin);
  await page.context().close();
}, 60_000);

test('the schema is shown only after a key was entered, and a wrong key is told in words', async () => {
  await openConsole();
  await page.getByRole('button', { name: /Documentation Explorer/ }).click();
  await page.getByText('Enter an API key to see the schema').waitFor();
  expect(await page.getByRole('link', { name: 'Mutation' }).count()).toBe(0);
  expect(requested.some(({ url, key }) => url === product.apiUrl && key !== undefined)).toBe(false);

  await enter('tk_wrong');
  await page.getByText('This API key is unknown, expired or revoked.').waitFor();
  expect(await page.getByText('Mutation', { exact: true }).count()).toBe(0);

  await enter(product.apiKey);
  await page.getByText('Mutation', { exact: true }).click();
  await page.getByText('pushMessage', { exact: true }).first().waitFor();
  await page.context().close();
}, 60_000);

test('the prepared examples run', async () => {
  await openConsole();
  await enter(product.apiKey);
  await page.getByText('Key accepted.').waitFor();
  await run('registerRecipient');
  await until('a connectionUri', async () => (await response()).includes(`${product.deliveryUrl}/?token=`));
  await run('pushMessage');
  await until('a pending message', async () => (await response()).includes('"PENDING"'));
  await run('messages');
  await until('the message in the list', async () => (await response()).includes('The quick brown fox'));
  await run('pushGlobalMessage');
  await until('a global message', async () => (await response()).includes('Maintenance at noon'));

  expect(violations).toEqual([]);
  await page.context().close();
}, 60_000);

const PUSH = gql`
  mutation pushMessage($input: MessageInput!) {
    pushMessage(input: $input) {
      item {
        id
      }
    }
  }
`;

const push = (recipient: string, message: string) => product.ask(PUSH, { input: { recipients: [recipient], message } });

/** Holds back answers to requests that contain a word, until they are told to arrive. */
async function holdAnswers(word: string): Promise<{ held: Promise<void>; arrive(): Promise<void> }> {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let note = () => {};
  const held = new Promise<void>((resolve) => {
    note = resolve;
  });
  const isMeant = (request: Request) => request.postData()?.includes(word) ?? false;
  await page.route('**/graphql', async (route) => {
    if (!isMeant(route.request())) return route.continue();
    const answer = await route.fetch();
    note();
    await released;
    await route.fulfill({ response: answer });
  });
  return {
    held,
    async arrive() {
      const late = page.waitForResponse((answer) => isMeant(answer.request()));
      release();
      await (await late).finished();
      // The page has dealt with it before it gets the answer to a later request.
      await page.evaluate("fetch(location.pathname, { method: 'POST' }).then((answer) => answer.text())");
    },
  };
}

test('what a key has shown leaves the screen and the tab with the key, or with another key', async () => {
  const secret = 'a text for one customer';
  await push('customer', secret);
  for (const leave of [() => page.getByRole('button', { name: 'Forget it' }).click(), () => enter('tk_another')]) {
    await openConsole();
    await enter(product.apiKey);
    await page.getByText('Key accepted.').waitFor();
    await page.getByRole('tab', { name: 'messages' }).click();
    await page.locator('.graphiql-query-editor .CodeMirror').first().click();
    await page.keyboard.press('Control+A');
    await page.keyboard.insertText('{ messages(filter: { recipient: "customer" }) { items { message } } }');
    await page.getByRole('button', { name: /Execute query/ }).click();
    await until('the text in the answer', async () => (await response()).includes(secret));
    await leave();
    await until('the text to be gone', async () => !(await page.content()).includes(secret));
    await page.context().close();
  }
}, 60_000);

test('an answer that comes after its key was forgotten is not shown', async () => {
  await push('customer', 'a late text');
  await openConsole();
  await enter(product.apiKey);
  await page.getByText('Key accepted.').waitFor();
  const answer = await holdAnswers('customer');
  await page.getByRole('tab', { name: 'messages' }).click();
  await page.locator('.graphiql-query-editor .CodeMirror').first().click();
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText('{ messages(filter: { recipient: "customer" }) { items { message } } }');
  await page.getByRole('button', { name: /Execute query/ }).click();
  await answer.held;
  await page.getByRole('button', { name: 'Forget it' }).click();
  await page.getByText('Enter an API key to see the schema').waitFor();
  await answer.arrive();
  expect(await page.content()).not.toContain('a late text');
  await page.context().close();
}, 60_000);

test('what was typed into the editors is forgotten with the key', async () => {
  await openConsole();
  await enter(product.apiKey);
  await page.getByText('Key accepted.').waitFor();
  await page.locator('.graphiql-query-editor .CodeMirror').first().click();
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText('{ version } # a secret');
  await page.getByRole('button', { name: /Execute query/ }).click();
  await until('the version', async () => (await response()).includes('"version"'));
  await page.locator('.graphiql-query-editor .CodeMirror').first().click();
  await until('it to be remembered', () => page.evaluate<boolean>("JSON.stringify(sessionStorage).includes('a secret')"));
  await page.keyboard.insertText(' and another');
  await page.getByRole('button', { name: 'Forget it' }).click();
  await page.getByRole('tab', { name: 'registerRecipient' }).waitFor();
  await page.getByRole('button', { name: /History/ }).click();
  await page.getByText('History', { exact: true }).waitFor();
  expect(await page.content()).not.toContain('a secret');
  await page.reload();
  await page.getByRole('tab', { name: 'registerRecipient' }).waitFor();
  expect(await page.evaluate('JSON.stringify(sessionStorage)')).not.toContain('secret');
  expect(await page.content()).not.toContain('a secret');
  await page.context().close();
}, 60_000);

test('without a key the page asks for one, and says nothing of a wrong one', async () => {
  await openConsole();
  await run('messages');
  await until('the sentence', async () => (await response()).includes('Enter an API key first.'));
  expect(requested.filter(({ url }) => url === product.apiUrl)).toHaveLength(1);
  await page.context().close();
}, 60_000);

test('the key stays in the tab: in no address, no local storage, and not in another tab', async () => {
  await openConsole();
  await enter(product.apiKey);
  await page.getByText('Key accepted.').waitFor();
  for (const { url } of requested) expect(url).not.toContain(product.apiKey);
  expect(page.url()).not.toContain(product.apiKey);
  expect(await page.evaluate('JSON.stringify(localStorage)')).not.toContain(product.apiKey);
  expect(await page.evaluate('document.cookie')).toBe('');

  await page.reload();
  await page.getByText('Key accepted.').waitFor();
  const other = await page.context().newPage();
  await other.goto(product.apiUrl);
  await other.getByText('Enter an API key to see the schema').waitFor();
  await page.getByRole('button', { name: 'Forget it' }).click();
  await page.reload();
  await page.getByText('Enter an API key to see the schema').waitFor();
  await page.context().close();
}, 60_000);
