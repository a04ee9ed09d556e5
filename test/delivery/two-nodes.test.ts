import { afterEach, describe, expect, test } from '@jest/globals';
import { Client, type ClientOptions } from './support/client.js';
import { cleanUp, startNode, TENANT, TestBus, until } from './support/node.js';

afterEach(cleanUp);

/** Two nodes on one database and one bus. */
async function startTwo(config: Parameters<typeof startNode>[0] = {}) {
  const first = await startNode(config);
  const second = await startNode(config, { store: first.store, bus: new SharedBus(first.bus), clock: first.clock });
  const connectSecond = (options: ClientOptions = {}) => Client.open(second.port, { token: first.token(), ...options });
  return { ...first, connectFirst: first.connect, connectSecond, first: first.node, second: second.node };
}

/** The same bus, with gap listeners of its own. */
class SharedBus extends TestBus {
  constructor(private readonly shared: TestBus) {
    super();
  }
  override publish(...args: Parameters<TestBus['publish']>) {
    return this.shared.publish(...args);
  }
  override ask(...args: Parameters<TestBus['ask']>) {
    return this.shared.ask(...args);
  }
  override subscribe(...args: Parameters<TestBus['subscribe']>) {
    return this.shared.subscribe(...args);
  }
}

describe('two nodes', () => {
  test('tabs on both get each live message once; one with a full window gets the rest later', async () => {
    const { connectFirst, connectSecond, push, store } = await startTwo({ maxUnconfirmedMessages: 1 });
    const stuck = await connectFirst({}, { pongs: false });
    const quick = await connectSecond();
    await push('0');
    await until(() => store.settled.length === 1);
    await push('1');
    await until(() => store.settled.length === 2);
    expect(quick.texts).toEqual(['0', '1']);
    const last = await push('for both');
    await until(() => store.row(last)?.status === 'DELIVERED');
    store.row(last)!.status = 'PENDING';
    stuck.pongs = true;
    stuck.pong(stuck.pings[0]!);
    await stuck.received(2);
    expect(stuck.texts).toEqual(['0', 'for both']);
    quick.cut();
  });

  test('a recipient that moves from one to the other gets what it had not confirmed, and no more', async () => {
    const { connectFirst, connectSecond, push, store } = await startTwo();
    const before = await connectFirst();
    const confirmed = await push('confirmed');
    await until(() => store.row(confirmed)?.status === 'DELIVERED');
    before.pongs = false;
    await push('not confirmed');
    await before.received(2);
    before.cut();
    const after = await connectSecond();
    await push('live');
    expect(await after.received(2)).toEqual(['not confirmed', 'live']);
    after.cut();
  });

  test('what a connection on one had not confirmed goes to a connection on the other within the sweep', async () => {
    const { connectFirst, connectSecond, store } = await startTwo({ sweepIntervalMs: 60 });
    const message = store.add(TENANT, 'alice', 'drained on the first', { createdAt: Date.now() - 1_000 });
    const one = await connectFirst({}, { pongs: false });
    await one.received(1);
    store.row(message)!.status = 'DELIVERED';
    const other = await connectSecond();
    await until(() => store.calls.filter((call) => call === 'pending').length >= 2);
    store.row(message)!.status = 'PENDING';
    one.cut();
    expect(await other.received(1)).toEqual(['drained on the first']);
    other.cut();
  });

  test('a global message goes to the connections of both, and has one row for a recipient', async () => {
    const { connectFirst, connectSecond, pushGlobal, store } = await startTwo();
    const clients = [await connectFirst(), await connectSecond()];
    const message = await pushGlobal('to all');
    for (const client of clients) expect(await client.received(1)).toEqual(['to all']);
    await until(() => store.row(message, 'alice')?.status === 'DELIVERED');
    expect([...store.rows.values()]).toHaveLength(1);
    for (const client of clients) client.cut();
  });
});
