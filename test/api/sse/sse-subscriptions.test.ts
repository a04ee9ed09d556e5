import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { SourceEvent } from '../../../src/api/sse/sse-subscription.js';
import { SseSubscriptions } from '../../../src/api/sse/sse-subscriptions.js';
import { TidingsError, unavailable } from '../../../src/core/domain/errors.js';
import type { Metrics } from '../../../src/core/ports/metrics.js';
import { noMetrics } from '../../../src/core/ports/metrics.js';
import { until } from '../../support/index.js';
import { TurnedTimers } from '../../support/turned-timers.js';
import { keepingLogger } from '../support/api.js';
import { RawClient } from './raw-client.js';

const KEY = 'tk_key';

let server: Server;
let timers: TurnedTimers;
let subscriptions: SseSubscriptions;
let clients: RawClient[];
let failure: unknown;
let counted: Record<string, number>;
/** What to do with the next request. */
let serve: (response: ServerResponse) => void;

/** Counts in what is this test's own: the clients of the one before may leave later. */
const counter = (name: string) => {
  const own = counted;
  return {
    inc: (by = 1) => {
      own[name] = (own[name] ?? 0) + by;
    },
  };
};

beforeEach(async () => {
  timers = new TurnedTimers();
  clients = [];
  failure = null;
  counted = {};
  const reasons = Object.keys(noMetrics.statusSubscriptionsEnded) as Array<keyof Metrics['statusSubscriptionsEnded']>;
  subscriptions = new SseSubscriptions({
    authenticate: async () => {
      if (failure !== null) throw failure;
    },
    timers,
    metrics: {
      statusSubscriptions: {
        read(value) {
          Object.defineProperty(counted, 'open', { get: value, enumerable: true });
        },
      },
      statusEventsSent: counter('events'),
      statusSubscriptionsEnded: Object.fromEntries(
        reasons.map((reason) => [reason, counter(reason)]),
      ) as Metrics['statusSubscriptionsEnded'],
    },
    logger: keepingLogger(),
  });
  server = createServer((_request, response) => serve(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  for (const client of clients) client.leave();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** Opens a subscription to a source; `left` becomes true when the source is let go of. */
async function subscribe(source: (signal: AbortSignal) => AsyncIterable<readonly SourceEvent[]>, tenantId = 'a tenant') {
  const served = new Promise<void>((resolve) => {
    serve = (response) => {
      const subscription = subscriptions.open({ tenantId, apiKey: KEY, requestId: 'a request', response });
      void subscription.run(source(subscription.signal), async ({ id }) => ({ data: { statusEvents: { id } } }));
      subscription.body.pipe(response);
      response.on('close', () => subscription.body.destroy());
      resolve();
    };
  });
  const { port } = server.address() as AddressInfo;
  const client = new RawClient(`http://127.0.0.1:${port}/`, '{}');
  clients.push(client);
  await served;
  return client;
}

const aborted = (signal: AbortSignal) => new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));

/** A source that tells some events, and then waits until it is let go of. */
async function* tells(signal: AbortSignal, ...ids: string[]): AsyncGenerator<readonly SourceEvent[]> {
  if (ids.length > 0) yield ids.map((id) => ({ id }));
  await aborted(signal);
}

const frame = (id: string) => `id: ${id}\nevent: next\ndata: {"data":{"statusEvents":{"id":"${id}"}}}`;

async function forward(seconds: number): Promise<void> {
  for (let i = 0; i < seconds; i++) {
    timers.forward(1_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('a subscription', () => {
  test('is a comment at once, and an event with its id for each result', async () => {
    const client = await subscribe((signal) => tells(signal, '1', '2'));
    await client.sees('"2"');
    expect(client.blocks).toEqual([':', frame('1'), frame('2')]);
    expect(counted).toMatchObject({ open: 1, events: 2 });
  });

  test('whose source ends is completed', async () => {
    const client = await subscribe(async function* () {
      yield [{ id: '1' }];
    });
    await client.sees('complete');
    expect(client.blocks).toEqual([':', frame('1'), 'event: complete\ndata:']);
    await until('it is released', () => counted.open === 0);
    expect(counted.completed).toBe(1);
  });

  test('whose source fails tells the error, and is completed', async () => {
    const client = await subscribe(async function* () {
      yield [{ id: '1' }];
      throw new TidingsError('POSITION_EXPIRED', 'forgotten', { oldest: 'x' });
    });
    await client.sees('complete');
    expect(client.blocks.slice(2)).toEqual([
      'event: next\ndata: {"errors":[{"message":"forgotten","extensions":{"code":"POSITION_EXPIRED","oldest":"x"}}]}',
      'event: complete\ndata:',
    ]);
    expect(counted.refused).toBe(1);
  });

  test('that meets a fault tells no detail of it', async () => {
    const client = await subscribe(async function* () {
      yield [];
      throw new Error('a secret');
    });
    await client.sees('complete');
    expect(client.body).toContain('"code":"INTERNAL_SERVER_ERROR","requestId":"a request"');
    expect(client.body).not.toContain('secret');
    expect(counted.fault).toBe(1);
  });

  test('is closed without a word when the database is away', async () => {
    const client = await subscribe(async function* () {
      yield [{ id: '1' }];
      throw unavailable('away');
    });
    await client.closed();
    expect([client.blocks, counted.database]).toEqual([[':', frame('1')], 1]);
  });

  test('has a comment every 15 s', async () => {
    const client = await subscribe((signal) => tells(signal));
    await client.sees(':\n\n');
    for (let i = 2; i <= 4; i++) {
      await forward(15);
      await until('another comment', () => client.blocks.length === i);
    }
    expect(client.blocks).toEqual([':', ':', ':', ':']);
  });

  test('lets its source go when the client leaves', async () => {
    let isLeft = false;
    const client = await subscribe(async function* (signal) {
      try {
        yield* tells(signal, '1');
      } finally {
        isLeft = true;
      }
    });
    await client.sees('"1"');
    client.leave();
    await until('the source is left', () => isLeft);
    expect(counted).toMatchObject({ open: 0, client: 1 });
  });
});

describe('a client that reads nothing', () => {
  const LONG = 'x'.repeat(4_000);
  /** Counts what it was asked for. */
  function endless() {
    const told = { events: 0 };
    const source = async function* () {
      for (;;) yield [{ id: `${LONG}${told.events++}` }];
    };
    return { told, source };
  }

  /** Waits until the source is asked for no more: what the system takes for a socket differs. */
  async function untilFull(told: { events: number }) {
    let before = -1;
    await until('nobody takes anything', async () => {
      const isFull = told.events === before;
      before = told.events;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return isFull;
    });
  }

  test('is asked for nothing more, and cut after 60 s without a word', async () => {
    const { told, source } = endless();
    const client = await subscribe(source);
    client.pause();
    await untilFull(told);
    await forward(59);
    expect([client.isClosed, counted.slow]).toEqual([false, undefined]);
    await forward(3);
    expect([counted.slow, counted.open]).toEqual([1, 0]);
    client.resume();
    await client.closed();
    expect(client.body).not.toContain('complete');
  });

  test('is served on if it takes something in time', async () => {
    const { told, source } = endless();
    const client = await subscribe(source);
    client.pause();
    await untilFull(told);
    await forward(50);
    const before = told.events;
    client.resume();
    await until('it is served again', () => told.events > before);
    client.pause();
    await untilFull(told);
    await forward(50);
    expect([counted.slow, counted.open]).toEqual([undefined, 1]);
  });
});

describe('a tenant', () => {
  test('may have 100 open, whatever others have', async () => {
    for (let i = 0; i < 100; i++) await subscribe((signal) => tells(signal));
    const refused = new Promise((resolve) => {
      serve = (response) => {
        try {
          subscriptions.open({ tenantId: 'a tenant', apiKey: KEY, requestId: '', response });
        } catch (error) {
          resolve(error);
        }
        response.end();
      };
    });
    const { port } = server.address() as AddressInfo;
    clients.push(new RawClient(`http://127.0.0.1:${port}/`, '{}'));
    expect(await refused).toMatchObject({ code: 'QUOTA_EXCEEDED', details: { limit: 100 } });
    await subscribe((signal) => tells(signal), 'another tenant');
    clients[0]?.leave();
    await until('one is released', () => counted.open === 100);
    const again = await subscribe((signal) => tells(signal, '1'));
    await again.sees('"1"');
  });
});

describe('a key', () => {
  test('that is good no more ends its subscriptions within 5 s, and tells why', async () => {
    const client = await subscribe((signal) => tells(signal, '1'));
    await client.sees('"1"');
    failure = new TidingsError('UNAUTHENTICATED', 'a valid key is needed');
    await forward(2);
    await client.sees('complete');
    expect(client.blocks.slice(2)).toEqual([
      'event: next\ndata: {"errors":[{"message":"a valid key is needed","extensions":{"code":"UNAUTHENTICATED"}}]}',
      'event: complete\ndata:',
    ]);
    await until('it is released', () => counted.open === 0);
    expect(counted.key).toBe(1);
  });

  test('that cannot be checked is believed for 30 s; then the client comes back', async () => {
    const client = await subscribe((signal) => tells(signal, '1'));
    await client.sees('"1"');
    failure = unavailable('away');
    await forward(28);
    failure = null;
    await forward(2);
    failure = unavailable('away');
    await forward(29);
    expect(client.isClosed).toBe(false);
    await forward(3);
    await client.closed();
    expect([client.body.includes('complete'), counted.database]).toEqual([false, 1]);
  });
});

describe('a node that ends', () => {
  test('closes its subscriptions one after the other, without a word, and each new one at once', async () => {
    const open: RawClient[] = [];
    for (let i = 0; i < 5; i++) open.push(await subscribe((signal) => tells(signal, String(i))));
    for (const [i, client] of open.entries()) await client.sees(`"${i}"`);
    const retired = subscriptions.retire(5_000);
    for (let i = 0; i < 5; i++) {
      await until('another one is closed', () => open[i]?.isClosed === true);
      expect(open.filter(({ isClosed }) => isClosed)).toHaveLength(i + 1);
      timers.forward(1_000);
    }
    await retired;
    for (const client of open) expect(client.body).not.toContain('complete');
    const late = await subscribe((signal) => tells(signal));
    await late.closed();
    expect([late.blocks, counted.shutdown]).toEqual([[':'], 6]);
  });
});
