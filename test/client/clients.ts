import { WebSocket } from 'ws';
import type { ClientState, PageEvents, ReceivedMessage, TidingsClientOptions } from '../../packages/client/src/index.js';
import { TidingsClient } from '../../packages/client/src/index.js';
import { startNode } from './node.js';

export type TestNode = Awaited<ReturnType<typeof startNode>>;

/** Queues items, and lets a test wait for the next. */
export function queue<T>() {
  const items: T[] = [];
  const readers: Array<(item: T) => void> = [];
  return {
    push(item: T): void {
      const reader = readers.shift();
      if (reader) reader(item);
      else items.push(item);
    },
    next: (): Promise<T> =>
      items.length > 0 ? Promise.resolve(items.shift() as T) : new Promise((resolve) => readers.push(resolve)),
    size: () => items.length,
  };
}

/** Is a window whose coming and going the test tells. */
export class FakePage implements PageEvents {
  document = { visibilityState: 'visible' };
  readonly #listeners = new Map<string, () => void>();

  addEventListener(type: string, listener: () => void): void {
    this.#listeners.set(type, listener);
  }

  removeEventListener(type: string): void {
    this.#listeners.delete(type);
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  tell(type: 'pagehide' | 'pageshow' | 'online' | 'visibilitychange'): void {
    this.#listeners.get(type)?.();
  }
}

let node: TestNode;
let clients: TidingsClient[] = [];

export type Connect = typeof connect;

type Options = { [Name in keyof TidingsClientOptions]?: TidingsClientOptions[Name] | undefined };

function connect(options: Options = {}) {
  const received = queue<ReceivedMessage>();
  const states = queue<ClientState>();
  const reasons: string[] = [];
  const client = new TidingsClient({
    connectionUri: () => `${node.url}/?token=a`,
    onMessage: (message) => received.push(message),
    onState: (state, reason) => {
      states.push(state);
      if (reason) reasons.push(reason);
    },
    WebSocket,
    retryMs: [1, 5],
    ...options,
  } as TidingsClientOptions);
  clients.push(client);
  const reach = async (wanted: ClientState) => {
    while ((await states.next()) !== wanted);
  };
  return { client, received, reach, reasons };
}

/** Starts a node, and gives what connects clients to it. */
export async function startClients() {
  node = await startNode();
  return { node, connect };
}

/** Replaces the node by another, at another address. */
export async function restartNode(options: { pongs: boolean }): Promise<TestNode> {
  await node.stop();
  node = await startNode(options);
  return node;
}

export async function stopClients(): Promise<void> {
  for (const client of clients) client.stop();
  clients = [];
  await node.stop();
}
