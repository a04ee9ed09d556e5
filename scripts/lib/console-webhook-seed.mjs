import { createServer } from 'node:http';

const CREATE = `mutation($input: CreateWebhookInput!) { createWebhook(input: $input) { webhook { id } } }`;
const UPDATE = `mutation($input: UpdateWebhookInput!) { updateWebhook(input: $input) { id } }`;
const TEST = `mutation($id: ID!) { testWebhook(input: { id: $id }) { id } }`;
const STATES = `{ webhooks { id state lastSuccessAt failingSince } }`;
const EVERYTHING = ['DELIVERED', 'RECALLED', 'EXPIRED', 'OVERDUE', 'LATE_RECEIPT'];

/** What each receiver answers. */
const ANSWERS = {
  shop: [204, ''],
  mailer: [500, 'the queue of the mailer is full'],
  audit: [204, ''],
  former: [410, ''],
};

/**
 * Makes webhooks in each of their states, with receivers on this machine that answer well, badly, and no more.
 * @param settle has some messages settle
 * @returns ids by what the receiver is, and a function that ends the receivers
 */
export async function seedWebhooks({ ask, until, settle }) {
  const receivers = await startReceivers();
  const make = async (input) => (await ask(CREATE, { input })).createWebhook.webhook.id;
  const at = (name) => `${receivers.url}/${name}`;
  const ids = {
    shop: await make({ url: at('shop'), events: ['DELIVERED', 'EXPIRED'], description: 'Keeps the shop up to date' }),
    mailer: await make({ url: at('mailer'), events: ['EXPIRED', 'RECALLED'], description: 'Writes a mail instead' }),
    audit: await make({ url: at('audit'), events: EVERYTHING, maxBatch: 100, includeText: true, globals: true }),
    former: await make({ url: at('former'), events: ['RECALLED'] }),
    nowhere: await make({ url: 'https://tidings.invalid/status', events: ['OVERDUE'] }),
  };
  await ask(TEST, { id: ids.shop });
  await ask(UPDATE, { input: { id: ids.audit, paused: true } });
  await settle();
  const states = { shop: 'ACTIVE', mailer: 'FAILING', audit: 'PAUSED', former: 'DISABLED' };
  await until('the webhooks', async () => {
    const { webhooks } = await ask(STATES);
    const of = (name) => webhooks.find(({ id }) => id === ids[name]);
    const areSo = Object.entries(states).every(([name, state]) => of(name).state === state);
    return areSo && of('shop').lastSuccessAt !== null && of('nowhere').failingSince !== null;
  });
  return { ids, close: receivers.close };
}

async function startReceivers() {
  const server = createServer((request, response) => {
    const [status, text] = ANSWERS[request.url.slice(1)] ?? [404, ''];
    request.resume().on('end', () => response.writeHead(status, { 'content-type': 'text/plain' }).end(text));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${server.address().port}`, close };
}
