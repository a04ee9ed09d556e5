import WebSocket from 'ws';
import { seedWebhooks } from './console-webhook-seed.mjs';

const CHROME = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36';
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1';
const SITE = 'https://app.example.org';
const DAY_MS = 86_400_000;
/** Waits a minute at most. */
const UNTIL_TRIES = 1_200;
const UNTIL_STEP_MS = 50;
const HAPPENS_AGAIN_TRIES = 100;

export const LONG_NAME = `department-of-long-names/${'subdivision-'.repeat(18)}the-end`;

/**
 * Fills a new server with what support meets on an ordinary day: delivered, waiting for every reason, recalled,
 * expired, very long, right-to-left.
 * @returns ids by scene, keys by what they may, a function that closes the sockets that stay open, and one that has
 * Eva connect and confirm nothing
 */
export async function seed({ url, key }) {
  const ask = async (query, variables = {}) => {
    const answer = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': key },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = await answer.json();
    if (errors) throw new Error(errors[0].message);
    return data;
  };
  const push = async (input) => {
    const { pushMessage } = await ask('mutation($input: MessageInput!) { pushMessage(input: $input) { item { id } } }', {
      input,
    });
    return pushMessage[0].item.id;
  };
  const connect = (input, options) => connectTo(ask, input, options);
  const sockets = [];
  await ask('mutation { setStatusFeed(enabled: true) { enabled } }');
  const webhooks = await seedWebhooks({ ask, until, settle: () => settleSome({ ask, push, connect, sockets }) });
  const ids = await pushSamples({ ask, push, connect, sockets });
  const keys = {
    none: null,
    support: await makeKey(ask, 'night shift', 'messages message messageCounts globalMessages recipient recipients', true),
    narrow: await makeKey(ask, 'only pushes', 'version', false),
  };
  const close = () => {
    webhooks.close();
    for (const socket of sockets) socket.terminate();
  };
  // A node soon closes a connection that confirms nothing.
  const keepSilent = async () => sockets.push((await connect({ recipient: 'eva@example.org' }, { pongs: false })).socket);
  return { ids: { ...ids, webhooks: webhooks.ids }, keys, close, keepSilent };
}

const CANCEL = 'mutation($ids: [ID!]) { cancelMessages(input: { ids: $ids }) { cancelled } }';

/** Has something become of messages in every way that status events tell of, but by age. */
async function settleSome({ ask, push, connect, sockets }) {
  const overdue = 'Please confirm your address';
  await push({ recipients: ['fay@example.org'], message: overdue, topic: 'account', notifyAfter: 1 });
  const gus = await connect({ recipient: 'gus@example.org' });
  sockets.push(gus.socket);
  await push({ recipients: ['gus@example.org'], message: 'Your order has left our house' });
  const slow = await connect({ recipient: 'hal@example.org' }, { pongs: false });
  sockets.push(slow.socket);
  const asked = new Promise((resolve) => slow.socket.once('ping', resolve));
  const late = await push({ recipients: ['hal@example.org'], message: 'Price of the day: 129.90 EUR' });
  const ping = await asked;
  await ask(CANCEL, { ids: [late] });
  slow.socket.pong(ping);
  const wrong = Array.from({ length: 14 }, (_, i) => `customer-${String(i).padStart(4, '0')}@example.org`);
  const sent = await ask('mutation($input: MessageInput!) { pushMessage(input: $input) { item { id } } }', {
    input: { recipients: wrong, message: 'Your invoice is ready (a wrong one)' },
  });
  await ask(CANCEL, { ids: sent.pushMessage.map(({ item }) => item.id) });
}

async function makeKey(ask, name, fields, hidesTexts) {
  const scope = [
    ...fields.split(' ').map((field) => `websockets-manager-api:query:${field}`),
    ...(hidesTexts ? ['cancelMessages', 'revokeRecipient'].map((field) => `websockets-manager-api:mutation:${field}`) : []),
    ...(hidesTexts ? ['websockets-manager-api:option:hide-text'] : []),
  ].join(' ');
  const input = { name, scope };
  return (await ask('mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret } }', { input })).createApiKey
    .secret;
}

/** Opens a recipient's socket; resolves once it is open, or refused. */
async function connectTo(ask, input, { agent = CHROME, origin = SITE, pongs = true } = {}) {
  const { registerRecipient } = await ask(
    'mutation($input: RegisterRecipientInput!) { registerRecipient(input: $input) { connectionUri } }',
    { input },
  );
  const socket = new WebSocket(registerRecipient.connectionUri, { headers: { 'user-agent': agent, origin }, autoPong: pongs });
  socket.on('error', () => {});
  const received = [];
  socket.on('message', (data) => received.push(data.toString()));
  await new Promise((resolve) => socket.once('open', resolve).once('error', resolve));
  return { socket, received };
}

const until = async (what, isSo) => {
  for (let tries = 0; tries < UNTIL_TRIES; tries++) {
    if (await isSo(tries)) return;
    await new Promise((resolve) => setTimeout(resolve, UNTIL_STEP_MS));
  }
  throw new Error(`waited in vain for ${what}`);
};

/** Has somebody come or be turned away until that is known: on a slow machine what happened is the first thing left out. */
const untilKnown = (ask, name, kind, happen) =>
  until(`${name}: ${kind}`, async (tries) => {
    if (tries % HAPPENS_AGAIN_TRIES === 0) await happen();
    const { recipient } = await ask(
      'query($name: String!) { recipient(name: $name) { activity(limit: 1) { items { kind } } } }',
      {
        name,
      },
    );
    return recipient.activity.items[0]?.kind === kind;
  });

async function pushSamples({ ask, push, connect, sockets }) {
  const soon = new Date(Date.now() + 3 * DAY_MS).toISOString();
  const everybody = 'mutation($input: GlobalMessageInput!) { pushGlobalMessage(input: $input) { id } }';
  await push({
    recipients: Array.from({ length: 400 }, (_, i) => `customer-${String(i).padStart(4, '0')}@example.org`),
    message: 'Your invoice is ready',
  });
  const ann = await connect({ recipient: 'ann@example.org' });
  const ids = {};
  await ask(everybody, {
    input: { message: 'Maintenance on Sunday at noon: the service is away for ten minutes.', expiresAt: soon },
  });
  ids.delivered = await push({
    recipients: ['ann@example.org'],
    message: 'Your report is ready.\nhttps://app.example.org/reports/4711',
  });
  ids.json = await push({
    recipients: ['ann@example.org'],
    message: JSON.stringify({ kind: 'invoice', number: 4711, total: { amount: 129.9, currency: 'EUR' }, lines: [1, 2, 3] }),
  });
  ids.long = await push({ recipients: ['ann@example.org'], message: 'A very long text. '.repeat(3_640) });
  await until('the messages to Ann', () => ann.received.length >= 4);
  const phone = await connect({ recipient: 'ann@example.org' }, { agent: IPHONE });
  sockets.push(phone.socket);
  ann.socket.close(1000);
  ids.waiting = await push({ recipients: ['ben@example.org'], message: 'Password changed. Was it you?', expiresAt: soon });
  ids.recalled = await push({ recipients: ['ann.other@example.org'], message: 'Sent by mistake' });
  await ask(CANCEL, { ids: [ids.recalled] });
  ids.topic = await push({ recipients: ['cem@example.org'], message: 'A new sign-in from Berlin', topic: 'security' });
  sockets.push((await connect({ recipient: 'cem@example.org', topic: 'news' })).socket);
  await untilKnown(ask, 'dora@example.org', 'REFUSED', () =>
    connect({ recipient: 'dora@example.org', origin: SITE }, { origin: 'https://www.example.org' }),
  );
  ids.refused = await push({ recipients: ['dora@example.org'], message: 'Your parcel is on its way' });
  ids.unconfirmed = await push({ recipients: ['eva@example.org'], message: 'Are you there?' });
  await untilKnown(ask, 'ben@example.org', 'DISCONNECTED', async () => {
    const { socket } = await connect({ recipient: 'ben@example.org' }, { agent: IPHONE });
    socket.terminate();
  });
  ids.away = await push({ recipients: ['ben@example.org'], message: 'Meeting moved to 15:00', expiresAt: soon });
  ids.rtl = await push({ recipients: ['مريم@example.org'], message: 'مرحبا! تم شحن طلبك رقم 4711 وسيصل غدًا.' });
  ids.longName = await push({ recipients: [LONG_NAME], message: 'x'.repeat(300) });
  ids.one = await push({ recipients: ['only.one@example.org'], message: 'The only message to this name' });
  ids.global = (
    await ask(everybody, { input: { message: 'Happy new year!', topic: 'greetings', expiresAt: soon } })
  ).pushGlobalMessage.id;
  return ids;
}
