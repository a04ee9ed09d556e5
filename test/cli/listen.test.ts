import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Tidings } from '../../packages/sdk/src/index.js';
import type { Services } from '../../src/cli/cli-context.js';
import { run } from '../../src/cli/run.js';
import { startServe, until } from '../support/index.js';

let product: Awaited<ReturnType<typeof startServe>>;
let tidings: Tidings;
beforeAll(async () => {
  product = await startServe();
  tidings = new Tidings({ url: product.apiUrl, apiKey: product.apiKey });
}, 60_000);
afterAll(() => product?.stop());

/** Listens in this process, as a user does in a terminal. */
function listen(...argv: string[]) {
  let [out, err] = ['', ''];
  let stop = () => {};
  const io = {
    out: (text: string) => {
      out += text;
    },
    err: (text: string) => {
      err += text;
    },
    readInput: async () => '',
    environment: { TIDINGS_URL: product.apiUrl, TIDINGS_API_KEY: product.apiKey },
    onStopSignal: (listener: () => void) => {
      stop = listener;
      return () => {};
    },
    exit: () => {},
  };
  const ended = run(['listen', ...argv, '--json'], io, {} as Services);
  return {
    texts: () => out.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line).message as string])),
    notes: () => err,
    async stop() {
      stop();
      return ended;
    },
  };
}

const push = async (recipient: string, message: string) => {
  const [entry] = await tidings.pushMessage({ recipients: [recipient], message });
  return entry?.item?.id ?? '';
};

test('listen shows the first 256 that wait, and says that it is no more', async () => {
  for (let n = 0; n < 260; n++) await push('full', `${n}`);
  const listener = listen('full');
  await until('the first 256', () => listener.texts().length === 256);
  expect(listener.notes()).toMatch(/256 have come and none is confirmed/);
  await listener.stop();
  expect(listener.texts()).toEqual(Array.from({ length: 256 }, (_, n) => `${n}`));
});

test('listen shows what waits and what comes, and takes nothing from the recipient', async () => {
  const ids = [await push('quiet', 'waiting')];
  const listener = listen('quiet');
  await until('what waits', () => listener.texts().length === 1);
  await tidings.pushGlobalMessage({ message: 'to everybody', expiresAt: new Date(Date.now() + 60_000) });
  ids.push(await push('quiet', 'live'));
  await until('what comes', () => listener.texts().length === 2);
  expect([listener.texts(), await listener.stop()]).toEqual([['waiting', 'live'], 0]);
  expect(listener.notes()).toMatch(/nothing is confirmed: .*the first 256 are shown, of global messages none/);
  const statuses = await Promise.all(ids.map(async (id) => (await tidings.message({ id }))?.status));
  expect(statuses).toEqual(['PENDING', 'PENDING']);
});

test('listen --ack takes what it shows, and shows global messages, too', async () => {
  const id = await push('taking', 'waiting');
  const listener = listen('taking', '--ack');
  await until('the message', async () => (await tidings.message({ id }))?.status === 'DELIVERED');
  await tidings.pushGlobalMessage({ message: 'to all', expiresAt: new Date(Date.now() + 60_000) });
  await until('the global message', () => listener.texts().includes('to all'));
  expect(listener.texts()).toContain('waiting');
  expect(await listener.stop()).toBe(0);
});

test('listen comes back where its connection breaks, and shows nothing twice', async () => {
  const listener = listen('back');
  await until('the connection', () => listener.notes().includes('connected'));
  await push('back', 'before');
  await until('the first', () => listener.texts().length === 1);
  await product.kill();
  await product.restart();
  await push('back', 'after');
  await until('the second', () => listener.texts().length === 2, 40_000);
  expect(listener.texts()).toEqual(['before', 'after']);
  await listener.stop();
}, 90_000);

test('listen ends with 1 where the recipient is revoked', async () => {
  const listener = listen('revoked');
  await until('the connection', () => listener.notes().includes('connected'));
  await tidings.revokeRecipient({ recipient: 'revoked' });
  await until('the end', () => listener.notes().includes('closed the connection'));
  expect(await listener.stop()).toBe(1);
});
