import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { gql } from 'graphql-tag';
import { WebSocket } from 'ws';
import type { ReceivedMessage, TidingsClientOptions } from '../../packages/client/src/index.js';
import { TidingsClient } from '../../packages/client/src/index.js';
import { until } from '../support/process.js';
import { type Product, startServe } from '../support/product.js';

const REGISTER_RECIPIENT = gql`
  mutation registerRecipient($input: RegisterRecipientInput!) {
    registerRecipient(input: $input) {
      connectionUri
    }
  }
`;
const PUSH_MESSAGE = gql`
  mutation pushMessage($input: MessageInput!) {
    pushMessage(input: $input) {
      item {
        id
      }
    }
  }
`;
const MESSAGE = gql`
  query message($id: ID!) {
    message(id: $id) {
      status
      receipt
    }
  }
`;
const REVOKE_RECIPIENT = gql`
  mutation revokeRecipient($input: RevokeRecipientInput!) {
    revokeRecipient(input: $input) {
      revokedAt
    }
  }
`;

let product: Product;
let client: TidingsClient | undefined;

beforeAll(async () => {
  product = await startServe();
}, 60_000);

afterAll(() => product?.stop());

afterEach(() => client?.stop());

interface Given extends Partial<TidingsClientOptions> {
  expiresIn?: number;
}

function connect(recipient: string, onMessage: (message: ReceivedMessage) => unknown, { expiresIn, ...options }: Given = {}) {
  const ended: string[] = [];
  client = new TidingsClient({
    async connectionUri() {
      const { registerRecipient } = await product.ask<{ registerRecipient: { connectionUri: string } }>(REGISTER_RECIPIENT, {
        input: { recipient, expiresIn },
      });
      return registerRecipient.connectionUri;
    },
    onMessage,
    onState: (state, reason) => {
      if (state === 'waiting' && reason) ended.push(reason);
    },
    WebSocket,
    retryMs: [10, 50],
    stopWhenRevoked: false,
    // While the server is killed, nobody answers.
    onError: () => {},
    ...options,
  });
  return ended;
}

async function push(recipient: string, message: string): Promise<string> {
  const { pushMessage } = await product.ask<{ pushMessage: [{ item: { id: string } }] }>(PUSH_MESSAGE, {
    input: { recipients: [recipient], message },
  });
  return pushMessage[0].item.id;
}

const fate = async (id: string) =>
  (await product.ask<{ message: { status: string; receipt: string | null } }>(MESSAGE, { id })).message;

test('a message is DELIVERED by ACK when its handler has dealt with it, and PENDING until then', async () => {
  let finish = () => {};
  let arrived = () => {};
  const taken = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  connect('slow', () => {
    arrived();
    return new Promise<void>((resolve) => {
      finish = resolve;
    });
  });
  const id = await push('slow', 'text');
  await taken;
  expect(await fate(id)).toEqual({ status: 'PENDING', receipt: null });
  finish();
  await until('the receipt', async () => (await fate(id)).status === 'DELIVERED');
  expect(await fate(id)).toEqual({ status: 'DELIVERED', receipt: 'ACK' });
});

test('every message is handled exactly once, although the server is killed among them', async () => {
  const handled: string[] = [];
  connect('steady', ({ message }) => handled.push(message));
  const texts = Array.from({ length: 60 }, (_, i) => `text ${i}`);
  for (const text of texts.slice(0, 30)) await push('steady', text);
  await product.kill();
  await product.restart();
  for (const text of texts.slice(30)) await push('steady', text);
  await until('all messages', () => handled.length >= texts.length);
  expect([...handled].sort()).toEqual([...texts].sort());
}, 60_000);

test('a node that stands still is left, and who hangs with it is given up; when it goes on nothing is lost', async () => {
  const handled: string[] = [];
  const ended = connect('patient', ({ message }) => handled.push(message), {
    ...{ pingIntervalMs: 50, pongTimeoutMs: 500, connectTimeoutMs: 500 },
    onError: (error) => ended.push(String(error)),
  });
  await push('patient', 'before');
  await until('the first message', () => handled.length === 1);
  const gaveUp = (reason: string) => until(reason, () => ended.includes(reason));
  process.kill(product.pid, 'SIGSTOP');
  try {
    await gaveUp('no sign of life');
    // Its API stands still, too.
    await gaveUp('Error: no answer in time');
  } finally {
    process.kill(product.pid, 'SIGCONT');
  }
  await push('patient', 'after');
  await until('the second message', () => handled.length === 2);
  expect(handled).toEqual(['before', 'after']);
}, 60_000);

test('a client whose token expires, or whose recipient is revoked and that is told to go on, comes back with a fresh one', async () => {
  const handled: string[] = [];
  const ended = connect('short', ({ message }) => handled.push(message), { expiresIn: 1 });
  await push('short', 'one');
  await until('the first message', () => handled.length === 1);
  await until('the end of the token', () => ended.some((reason) => reason.includes('4401')));
  await push('short', 'two');
  await until('the second message', () => handled.length === 2);
  client?.stop();

  const revoked = connect('short', ({ message }) => handled.push(message));
  await push('short', 'three');
  await until('the third message', () => handled.length === 3);
  await product.ask(REVOKE_RECIPIENT, { input: { recipient: 'short' } });
  await until('the end of the connection', () => revoked.some((reason) => reason.includes('4403')));
  await push('short', 'four');
  await until('the fourth message', () => handled.length === 4);
  expect(handled).toEqual(['one', 'two', 'three', 'four']);
}, 60_000);
