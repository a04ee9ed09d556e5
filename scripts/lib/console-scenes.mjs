import { LONG_NAME } from './console-seed.mjs';

const text = (words) => (page) => page.getByText(words).locator('visible=true').first().waitFor();
const attempt = (words) => (page) => page.locator('.attempt-row').getByText(words).first().waitFor();
const message = (id) => (data) => `/messages/${data.ids[id]}`;
const named = (name) => `/messages?name=${encodeURIComponent(name)}`;
const answer = (status, body) => (page) =>
  page.route('**/graphql', async (route) => {
    if (route.request().postData()?.includes('currentKey')) return route.continue();
    if (status === null) return;
    await route.fulfill({
      status,
      contentType: 'application/json',
      headers: { 'x-request-id': '0197-sample-request' },
      body: JSON.stringify(body),
    });
  });

/** Answers the operations that are given by name, and lets the others through. */
const told = (data) => (page) =>
  page.route('**/graphql', async (route) => {
    const name = Object.keys(data).find((one) => route.request().postData()?.includes(`query ${one}`));
    if (name === undefined) return route.continue();
    await route.fulfill({ contentType: 'application/json', body: JSON.stringify({ data: data[name] }) });
  });
const webhook = (name) => (data) => `/webhooks/${data.ids.webhooks[name]}`;
/** Presses a button, and waits for the dialog. */
const pressed =
  (name, role = 'alertdialog') =>
  async (page) => {
    await page.getByRole('button', { name }).click();
    await page.getByRole(role).waitFor();
  };

/** Pictures of the guide in docs/. */
export const GUIDE_SCENES = ['search', 'waiting', 'recall', 'recipient'];

/** What is shown: where, with which key, and what has to be there before the picture is taken. */
export const SCENES = {
  'key-entry': { at: '/', key: 'none', ready: text('API key') },
  messages: { at: '/messages', ready: text('Waiting') },
  'messages-ann': { at: named('ann@example.org'), ready: text('Delivered') },
  'messages-one': { at: named('only.one@example.org'), ready: text('The only message') },
  'messages-nobody': { at: named('ann'), ready: text('begin like it') },
  'messages-empty': { at: '/messages?topic=nothing', ready: text('Nothing matches') },
  'messages-loading': { at: '/messages', prepare: answer(null), ready: (page) => page.locator('.bone').first().waitFor() },
  'messages-error': {
    at: '/messages',
    prepare: answer(200, {
      errors: [{ message: 'unexpected', extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: '0197-sample-request' } }],
    }),
    ready: text('Something went wrong'),
  },
  'messages-hidden': { at: '/messages', key: 'support', ready: text('bytes]') },
  forbidden: { at: '/messages', key: 'narrow', ready: text('does not include this') },
  'nothing-granted': { at: '/', key: 'narrow', ready: text('shows nothing here') },
  delivered: { at: message('delivered'), ready: text('What happened') },
  json: { at: message('json'), ready: text('Set out as JSON') },
  'long-text': { at: message('long'), ready: text('Show all') },
  'right-to-left': { at: message('rtl'), ready: text('What happened') },
  'long-name': { at: message('longName'), ready: text('What happened') },
  'long-names': { at: named(LONG_NAME), ready: text('Waiting') },
  waiting: { at: message('away'), ready: text('not seen since') },
  topic: { at: message('topic'), ready: text('connected, but only for') },
  refused: { at: message('refused'), ready: text('turned away') },
  unconfirmed: { at: message('unconfirmed'), before: (data) => data.keepSilent(), ready: text('not confirmed yet') },
  overdue: {
    at: named('fay@example.org'),
    async ready(page) {
      await page.locator('.row-link').click();
      await text('Overdue since')(page);
    },
  },
  recalled: { at: message('recalled'), ready: text('before it was delivered') },
  recall: {
    at: message('away'),
    async ready(page) {
      await page.getByRole('button', { name: 'Recall …' }).click();
      await page.getByRole('alertdialog').waitFor();
    },
  },
  'no-message': { at: '/messages/0197f3a2-0000-7000-8000-000000000000', ready: text('There is no message') },
  recipients: { at: '/recipients', ready: text('Whom is it about') },
  recipient: { at: '/recipients?name=ann%40example.org', ready: text('What happened lately'), whole: true },
  'recipient-away': { at: '/recipients?name=ben%40example.org', ready: text('Last seen'), whole: true },
  'recipient-unknown': { at: '/recipients?name=ann', ready: text('Nothing is known') },
  erase: {
    at: '/recipients?name=ben%40example.org',
    async ready(page) {
      await page.getByRole('button', { name: 'Erase …' }).click();
      await page.getByRole('alertdialog').waitFor();
    },
  },
  globals: { at: '/globals', ready: text('Happy new year'), whole: true },
  'status-events': { at: '/status-events', ready: text('Overdue') },
  'status-events-of': { at: '/status-events?recipient=hal%40example.org', ready: text('Came late') },
  'status-events-off': {
    at: '/status-events',
    prepare: told({ statusFeed: { statusFeed: { enabled: false, globals: false } } }),
    ready: text('Status events are off'),
  },
  'status-events-none': { at: '/status-events?topic=nothing', ready: text('Nothing matches') },
  'status-events-switch': { at: '/status-events', ready: pressed('Switch off …') },
  webhooks: { at: '/webhooks', ready: text('Failing') },
  'webhooks-none': { at: '/webhooks', prepare: told({ webhooks: { webhooks: [] } }), ready: text('No webhooks yet') },
  'webhooks-error': {
    at: '/webhooks',
    prepare: answer(200, { errors: [{ message: 'away', extensions: { code: 'INTERNAL_SERVER_ERROR' } }] }),
    ready: text('Something went wrong'),
  },
  'webhook-works': { at: webhook('shop'), ready: attempt('Taken'), whole: true },
  'webhook-fails': { at: webhook('mailer'), ready: attempt('The receiver failed'), whole: true },
  'webhook-attempt': {
    at: webhook('mailer'),
    async ready(page) {
      await page.locator('.attempt-row').getByText('The receiver failed').first().click();
      await text('Took')(page);
    },
    whole: true,
  },
  'webhook-paused': { at: webhook('audit'), ready: text('Nothing was sent yet') },
  'webhook-off': { at: webhook('former'), ready: attempt('It wants no more') },
  'webhook-nowhere': { at: webhook('nowhere'), ready: text('No answer') },
  'webhook-tested': {
    at: webhook('shop'),
    async ready(page) {
      await page.getByRole('button', { name: 'Send a test' }).click();
      await text('The test was taken')(page);
    },
  },
  'webhook-make': { at: '/webhooks', ready: pressed('Make a webhook …', 'dialog') },
  'webhook-change': { at: webhook('audit'), ready: pressed('Change …', 'dialog') },
  'webhook-again': { at: webhook('mailer'), ready: pressed('Send again …', 'alertdialog') },
  'webhook-delete': { at: webhook('mailer'), ready: pressed('Delete …') },
  'webhook-secret': {
    at: webhook('shop'),
    async ready(page) {
      await pressed('New secret …', 'dialog')(page);
      await page.getByRole('button', { name: 'Make it' }).click();
      await text('shown only this once')(page);
    },
  },
  overview: { at: '/overview', ready: text('Accepted'), whole: true },
  'overview-month': {
    at: '/overview?span=month',
    async ready(page) {
      await page.getByText('The numbers').click();
      await text('Half within')(page).catch(() => {});
    },
    whole: true,
  },
  keys: { at: '/keys', ready: text('night shift'), whole: true },
  'keys-make': {
    at: '/keys',
    async ready(page) {
      await page.getByRole('button', { name: 'Make a key …' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  'keys-end': {
    at: '/keys',
    async ready(page) {
      await page.getByRole('button', { name: 'End this key …' }).first().click();
      await page.getByRole('alertdialog').waitFor();
    },
  },
  'try-it': { at: '/try', ready: text('Nothing is connected yet') },
  'try-it-delivered': {
    at: '/try',
    async ready(page) {
      await page.getByRole('button', { name: 'Connect here' }).click();
      await text('This page is connected.')(page);
      await page.getByRole('button', { name: 'Push it' }).click();
      await text('this browser confirmed it')(page);
    },
    whole: true,
  },
  palette: {
    at: '/messages',
    async ready(page) {
      await text('Waiting')(page);
      await page.keyboard.press('Control+k');
      await page.getByRole('dialog').getByRole('combobox').fill('ann');
      await page.getByText('Messages to “ann”').waitFor();
    },
  },
  search: {
    at: '/messages',
    async ready(page) {
      await text('Waiting')(page);
      await page.keyboard.press('/');
      await page.keyboard.type('ann');
      await page.getByRole('option', { name: 'ann@example.org' }).waitFor();
    },
  },
};
