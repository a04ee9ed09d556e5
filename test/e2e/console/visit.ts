import { gql } from 'graphql-tag';
import type { BrowserContextOptions, Page } from 'playwright-core';
import type { TestChromium } from '../../support/chromium.js';
import type { Product } from '../../support/product.js';

/** One visit of the console: a tab with a profile of its own. */
export interface Visit {
  page: Page;
  /** What the page's policy refused, and errors that nobody caught. */
  violations: string[];
  requested: string[];
}

export async function visit(chromium: TestChromium, product: Product, options: BrowserContextOptions = {}): Promise<Visit> {
  const page = await (await chromium.browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })).newPage();
  const violations: string[] = [];
  const requested: string[] = [];
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/i.test(message.text())) violations.push(message.text());
  });
  page.on('pageerror', (error) => violations.push(error.message));
  page.on('request', (request) => requested.push(request.url()));
  await page.goto(consoleUrl(product));
  await page.getByLabel('API key').waitFor();
  return { page, violations, requested };
}

export const consoleUrl = (product: Product): string => product.apiUrl.replace('/graphql', '/console');

export async function enter(page: Page, key: string): Promise<void> {
  await page.getByLabel('API key').fill(key);
  await page.getByRole('button', { name: 'Open' }).click();
}

/** Goes to a view by its URL, as by a link. */
export const goTo = (page: Page, to: string): Promise<void> => page.evaluate(`location.hash = ${JSON.stringify(to)}`);

const PUSH = gql`
  mutation pushMessage($input: MessageInput!) {
    pushMessage(input: $input) {
      item {
        id
      }
    }
  }
`;

/** Pushes a text and returns the message's id. */
export async function push(product: Product, recipient: string, message: string, more: object = {}): Promise<string> {
  const data = await product.ask<{ pushMessage: Array<{ item: { id: string } }> }>(PUSH, {
    input: { recipients: [recipient], message, ...more },
  });
  return data.pushMessage[0]?.item.id ?? '';
}

const CANCEL = gql`
  mutation cancelMessages($input: CancelMessagesInput!) {
    cancelMessages(input: $input) {
      cancelled
    }
  }
`;

export const recall = (product: Product, ids: string[]): Promise<unknown> => product.ask(CANCEL, { input: { ids } });

const MAKE_WEBHOOK = gql`
  mutation makeWebhook($input: CreateWebhookInput!) {
    setStatusFeed(enabled: true) {
      enabled
    }
    createWebhook(input: $input) {
      webhook {
        id
      }
    }
  }
`;

/** Makes a webhook that nobody listens to, and returns its id. */
export async function makeWebhook(product: Product): Promise<string> {
  const { createWebhook } = await product.ask<{ createWebhook: { webhook: { id: string } } }>(MAKE_WEBHOOK, {
    // No browser may use the port, and nobody does.
    input: { url: `http://127.0.0.1:9/${'a-very-long-path-'.repeat(8)}`, events: ['RECALLED'] },
  });
  return createWebhook.webhook.id;
}

const CREATE_KEY = gql`
  mutation createApiKey($input: CreateApiKeyInput!) {
    createApiKey(input: $input) {
      apiKey {
        id
      }
      secret
    }
  }
`;

interface MadeKey {
  id: string;
  secret: string;
}

/** Makes a key with entries such as `query:messages`, or `option:hide-text`. */
export async function makeKey(product: Product, entries: string): Promise<MadeKey> {
  const scope = entries
    .split(' ')
    .map((entry) => `websockets-manager-api:${entry}`)
    .join(' ');
  const { createApiKey } = await product.ask<{ createApiKey: { apiKey: { id: string }; secret: string } }>(CREATE_KEY, {
    input: { name: 'made by a test', scope },
  });
  return { id: createApiKey.apiKey.id, secret: createApiKey.secret };
}
