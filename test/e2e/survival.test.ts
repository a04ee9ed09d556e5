import { randomInt } from 'node:crypto';
import { afterEach, expect, test } from '@jest/globals';
import WebSocket from 'ws';
import { until } from '../support/index.js';
import { type Product, startServe } from '../support/product.js';

const RECIPIENTS = 20;
const ROUNDS = 5;
const PUSHES = 3_000;
const CALLERS = 32;

let product: Product | undefined;
afterEach(() => product?.stop());

/** Recipients who come back whenever their connection ends, and remember every text they ever got. */
class Crowd {
  readonly received = new Set<string>();
  readonly #sockets = new Set<WebSocket>();
  #stopped = false;

  async join(name: string): Promise<void> {
    if (this.#stopped) return;
    const uri = await register(name).catch(() => null);
    if (uri === null) {
      setTimeout(() => this.join(name), 50);
      return;
    }
    const socket = new WebSocket(uri);
    this.#sockets.add(socket);
    socket.on('message', (data) => this.received.add(`${name} ${data}`));
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#sockets.delete(socket);
      setTimeout(() => this.join(name), 50);
    });
  }

  leave(): void {
    this.#stopped = true;
    for (const socket of this.#sockets) socket.terminate();
  }
}

async function ask<Data>(query: string, variables: object): Promise<Data> {
  const response = await fetch(`${product?.apiUrl}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': product?.apiKey ?? '' },
    body: JSON.stringify({ query, variables }),
  });
  const answer = (await response.json()) as { data?: Data; errors?: unknown };
  if (!answer.data || answer.errors) throw new Error(JSON.stringify(answer.errors));
  return answer.data;
}

async function register(recipient: string): Promise<string> {
  const data = await ask<{ registerRecipient: { connectionUri: string } }>(
    'mutation($input:RegisterRecipientInput!){registerRecipient(input:$input){connectionUri}}',
    { input: { recipient } },
  );
  return data.registerRecipient.connectionUri;
}

async function push(recipient: string, message: string): Promise<string> {
  const data = await ask<{ pushMessage: Array<{ item: { id: string } }> }>(
    'mutation($input:MessageInput!){pushMessage(input:$input){item{id}}}',
    { input: { recipients: [recipient], message } },
  );
  return (data.pushMessage[0] as { item: { id: string } }).item.id;
}

async function allMessages(): Promise<Map<string, { recipient: string; message: string; status: string }>> {
  const found = new Map<string, { recipient: string; message: string; status: string }>();
  let nextToken: string | null = null;
  do {
    const page: {
      messages: { items: Array<{ id: string; recipient: string; message: string; status: string }>; nextToken: string | null };
    } = await ask(
      'query($nextToken:String){messages(limit:1000,nextToken:$nextToken){items{id recipient message status} nextToken}}',
      {
        nextToken,
      },
    );
    for (const item of page.messages.items) found.set(item.id, item);
    nextToken = page.messages.nextToken;
  } while (nextToken);
  return found;
}

async function isPending(): Promise<boolean> {
  const { messages } = await ask<{ messages: { items: unknown[] } }>(
    'query{messages(filter:{status:PENDING},limit:1){items{id}}}',
    {},
  );
  return messages.items.length > 0;
}

test('keeps every push that was answered, and calls nothing delivered that no client got, when all of it is killed again and again', async () => {
  product = await startServe();
  const crowd = new Crowd();
  const names = Array.from({ length: RECIPIENTS }, (_, i) => `recipient-${i}`);
  for (const name of names) void crowd.join(name);
  const answered = new Map<string, string>();
  let next = 0;

  for (let round = 1; round <= ROUNDS; round++) {
    const killAt = (round - 1) * (PUSHES / ROUNDS) + randomInt(PUSHES / ROUNDS / 4, (PUSHES / ROUNDS) * 0.75);
    let killed: Promise<void> | null = null;
    const caller = async () => {
      while (next < round * (PUSHES / ROUNDS)) {
        const n = next++;
        if (n >= killAt) killed ??= product?.kill() ?? null;
        const name = names[n % RECIPIENTS] as string;
        const id = await push(name, `text ${n}`).catch(() => null);
        if (id !== null) answered.set(id, `${name} text ${n}`);
        else await killed;
      }
    };
    await Promise.all(Array.from({ length: CALLERS }, caller));
    await killed;
    await product.restart();
  }

  await until('everything to be delivered', async () => !(await isPending()), 60_000);
  const stored = await allMessages();
  crowd.leave();
  expect(answered.size).toBeGreaterThan(PUSHES / 8);
  const lost = [...answered].filter(([id, text]) => !stored.has(id) || !crowd.received.has(text));
  const falselyDelivered = [...stored.values()].filter(
    (m) => m.status === 'DELIVERED' && !crowd.received.has(`${m.recipient} ${m.message}`),
  );
  expect(lost).toEqual([]);
  expect(falselyDelivered).toEqual([]);
}, 180_000);
