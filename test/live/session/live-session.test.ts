import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ENTITY_EVENTS } from '../../../src/adapters/entity-events/translator.js';
import type { LiveEvent } from '../../../src/core/domain/live/live-event.js';
import { createTestNode, TENANT, type TestNode, type TestNodeOptions } from '../node.js';
import { newEvent } from '../support.js';

const nodes: TestNode[] = [];
const open = (options?: TestNodeOptions): TestNode => {
  const node = createTestNode(options);
  nodes.push(node);
  return node;
};
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.close();
});

/** Lets some turns of the event loop go by, so that all happens that needs no time. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise(setImmediate);
}

const subscribe = (topics: string[], more: object = {}) => ({ type: 'subscribe', topics, ...more });

describe('a connection that follows live topics', () => {
  it('gets an event in all its parts', async () => {
    const node = open();
    const client = node.connect();
    expect(await client.ask(subscribe(['file:1']))).toEqual({ type: 'ok', id: 'c1' });
    const [id] = await node.publish({
      topic: 'file:1',
      type: 'update',
      name: 'a.pdf',
      data: { language: 'en' },
      previous: { language: 'de' },
      changed: ['language'],
    });
    expect(await client.next()).toEqual({
      type: 'event',
      id,
      topic: 'file:1',
      event: 'update',
      name: 'a.pdf',
      data: { language: 'en' },
      changed: ['language'],
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    });
  });

  it('is told of a child under the name of its parent', async () => {
    const node = open();
    const client = node.connect();
    await client.ask(subscribe(['folder:8']));
    await node.publish({ topic: 'file:1', type: 'create', name: 'new.pdf', parent: 'folder:8', data: { a: 1 } });
    expect(await client.next()).toMatchObject({
      topic: 'folder:8',
      child: { topic: 'file:1', name: 'new.pdf' },
      event: 'create',
      data: { a: 1 },
    });
  });

  it('gets an event once, however many subscriptions match, with their fields united', async () => {
    const node = open();
    const client = node.connect();
    await client.ask(subscribe(['file:1'], { fields: ['a'] }));
    await client.ask(subscribe(['file:1'], { fields: ['b.x'] }));
    await client.ask(subscribe(['folder:8', 'file'], { fields: ['c'] }));
    await node.publish({ topic: 'file:1', parent: 'folder:8', data: { id: 7, a: 1, b: { x: 1, y: 2 }, c: 3, d: 4 } });
    const frame = await client.next();
    expect(frame).toMatchObject({ topic: 'file:1', data: { id: 7, a: 1, b: { x: 1 }, c: 3 } });
    expect(frame).not.toHaveProperty('child');
    await client.ask(subscribe(['*']));
    await node.publish({ topic: 'file:1', data: { a: 1, d: 4 } });
    expect((await client.next()).data).toEqual({ a: 1, d: 4 });
    expect(await client.ask({ type: 'list-topics' })).toMatchObject({ type: 'ok' });
  });

  it('chooses by types, values and conditions, joined by AND', async () => {
    const node = open();
    const client = node.connect();
    const chosen = { events: ['update', 'delete'], where: { status: 'open', owner: { id: 1 } }, condition: 'data.n > 2' };
    await client.ask(subscribe(['ticket'], chosen));
    const good = { topic: 'ticket:1', type: 'update', data: { status: 'open', owner: { id: 1 }, n: 3 } };
    await node.publish(
      { ...good, type: 'create' },
      { ...good, data: { ...good.data, status: 'closed' } },
      { ...good, data: { ...good.data, owner: { id: 1, x: 1 } } },
      { ...good, data: { ...good.data, n: 2 } },
      { ...good, data: { ...good.data, n: 'x' } },
      { ...good, type: 'delete', name: 'this one' },
    );
    expect(await client.next()).toMatchObject({ event: 'delete', name: 'this one' });
  });

  it('hears no more after it unsubscribed, and that is no error twice', async () => {
    const node = open();
    const client = node.connect();
    await client.ask(subscribe(['a', 'b']));
    expect(await client.ask({ type: 'unsubscribe', topics: ['a'] })).toEqual({ type: 'ok', id: 'c2' });
    expect(await client.ask({ type: 'unsubscribe', topics: ['a', 'never'] })).toEqual({ type: 'ok', id: 'c3' });
    await node.publish({ topic: 'a' }, { topic: 'b' });
    expect(await client.next()).toMatchObject({ topic: 'b' });
  });

  it('follows the rule of an alert', async () => {
    const node = open();
    await node.directory.createAlertRule(TENANT, { code: 'late', topic: 'voyage:*', condition: 'data.delay > 24' });
    const client = node.connect({ subscribe: ['voyage'] });
    expect(await client.ask({ type: 'subscribe', alert: 'late', condition: 'data.port == "OSL"' })).toMatchObject({ type: 'ok' });
    expect(await client.ask({ type: 'subscribe', alert: 'none' })).toMatchObject({ type: 'error', code: 'BAD_USER_INPUT' });
    await node.publish(
      { topic: 'voyage:1', data: { delay: 20, port: 'OSL' } },
      { topic: 'voyage:1', data: { delay: 30, port: 'BGO' } },
      { topic: 'voyage:2', data: { delay: 30, port: 'OSL' } },
    );
    expect(await client.next()).toMatchObject({ topic: 'voyage:2' });
    await client.ask({ type: 'unsubscribe', topics: ['voyage:*'] });
    await node.publish({ topic: 'voyage:3', data: { delay: 30, port: 'OSL' } });
    expect(await client.next()).toMatchObject({ topic: 'voyage:3' });
    await client.ask({ type: 'unsubscribe', alert: 'late' });
    expect(node.hub.subscriptions).toBe(0);
    const other = node.connect({ subscribe: ['voyage:1'] });
    expect(await other.ask({ type: 'subscribe', alert: 'late' })).toMatchObject({ code: 'FORBIDDEN' });
  });

  it('may not subscribe beyond its grants, and a command that fails changes nothing', async () => {
    const node = open();
    const client = node.connect({ subscribe: ['file:1', 'customer_id:5:*'] });
    for (const topics of [['file'], ['*'], ['file:*'], ['file:12'], ['customer_id:5'], ['customer_id:*:activeflow'], ['other']]) {
      expect(await client.ask(subscribe(['file:1', ...topics]))).toMatchObject({ type: 'error', code: 'FORBIDDEN' });
    }
    for (const bad of [['a::b'], [''], ['a:b*'], [`${'a:'.repeat(16)}a`]]) {
      expect(await client.ask(subscribe(['file:1', ...bad]))).toMatchObject({ type: 'error', code: 'BAD_USER_INPUT' });
    }
    for (const more of [
      { condition: 'data.' },
      { where: { a: '\u0000' } },
      { where: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [i, 1])) },
    ]) {
      expect(await client.ask(subscribe(['file:1'], more))).toMatchObject({ type: 'error', code: 'BAD_USER_INPUT' });
    }
    expect(node.hub.subscriptions).toBe(0);
    expect(await client.ask(subscribe(['file:1', 'file:1:page:2', 'customer_id:5:x', 'customer_id:5:*:7']))).toMatchObject({
      type: 'ok',
    });
    await expect(node.connect({ subscribe: [] }).ask(subscribe(['file:1']))).resolves.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('publishes, creates and destroys where it is granted, and lists what its grants cover', async () => {
    const node = open();
    await node.directory.createTopic(TENANT, 'system', true);
    await node.directory.createTopic(TENANT, 'elsewhere', false);
    const ann = node.connect({ recipient: 'ann', subscribe: ['chat', 'system'], publish: ['chat', 'system'] });
    expect(await ann.ask({ type: 'create-topic', name: 'chat:1' })).toEqual({ type: 'ok', id: 'c1' });
    expect(await ann.ask({ type: 'list-topics' })).toEqual({ type: 'ok', id: 'c2', topics: ['system', 'chat:1'] });
    expect(await ann.ask({ type: 'create-topic', name: 'elsewhere' })).toMatchObject({ code: 'FORBIDDEN' });
    expect(await ann.ask({ type: 'create-topic', name: 'chat:*' })).toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(await ann.ask({ type: 'destroy-topic', name: 'system' })).toMatchObject({ code: 'FORBIDDEN' });
    expect(await ann.ask({ type: 'destroy-topic', name: 'chat:1' })).toMatchObject({ type: 'ok' });
    expect(await ann.ask({ type: 'destroy-topic', name: 'chat:1' })).toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(await ann.ask({ type: 'publish', topic: 'elsewhere', data: {} })).toMatchObject({ code: 'FORBIDDEN' });
    const bob = node.connect({ recipient: 'bob', subscribe: ['chat'] });
    await bob.ask(subscribe(['chat']));
    expect(await ann.ask({ type: 'publish', topic: 'chat:1', data: { hello: 'world' } })).toMatchObject({ type: 'ok' });
    expect(await bob.next()).toMatchObject({ topic: 'chat:1', event: 'new-message', data: { hello: 'world' } });
  });

  it.each([
    ['no JSON', '{'],
    ['a list', '[]'],
    ['nesting without end', `{"type":"publish","id":"1","topic":"a","data":${'{"a":'.repeat(9000)}1${'}'.repeat(9000)}}`],
    ['a lone surrogate', '{"type":"create-topic","id":"1","name":"\\ud800"}'],
    ['no id', '{"type":"list-topics"}'],
    ['an id that is an object', '{"type":"list-topics","id":{}}'],
    ['an unknown type', '{"type":"nonsense","id":"1"}'],
    ['a type of every object', '{"type":"constructor","id":"1"}'],
    ['neither topics nor alert', '{"type":"subscribe","id":"1"}'],
    ['both topics and alert', '{"type":"subscribe","id":"1","topics":["a"],"alert":"b"}'],
    ['empty topics', '{"type":"subscribe","id":"1","topics":[]}'],
    ['topics that are no texts', '{"type":"subscribe","id":"1","topics":[1]}'],
    ['events that are no list', '{"type":"subscribe","id":"1","topics":["a"],"events":"create"}'],
    ['where that is a list', '{"type":"subscribe","id":"1","topics":["a"],"where":[]}'],
    ['a condition that is no text', '{"type":"subscribe","id":"1","topics":["a"],"condition":1}'],
    ['fields that are no texts', '{"type":"subscribe","id":"1","topics":["a"],"fields":[1]}'],
    ['after that is no text', '{"type":"subscribe","id":"1","topics":["a"],"after":1}'],
    ['data that is a list', '{"type":"publish","id":"1","topic":"a","data":[]}'],
    ['no name', '{"type":"create-topic","id":"1"}'],
  ])('answers a frame with %s by an error, and goes on', async (_, text) => {
    const node = open();
    const client = node.connect({ publish: ['*'] });
    client.session.receive(text);
    expect(await client.next()).toMatchObject({ type: 'error', code: 'BAD_USER_INPUT', message: expect.any(String) });
    expect(await client.ask({ type: 'list-topics' })).toMatchObject({ type: 'ok' });
    expect(client.sink.closed).toBeNull();
  });

  it('is closed with 1008 after more than ten malformed frames in a minute', async () => {
    let now = 0;
    const node = open({ now: () => now });
    const client = node.connect();
    for (let i = 0; i < 10; i++) client.session.receive('x');
    await client.session.settled();
    now += 60_001;
    for (let i = 0; i < 10; i++) client.session.receive('x');
    await client.session.settled();
    expect(client.sink.closed).toBeNull();
    client.session.receive('x');
    await client.session.settled();
    expect(client.sink.closed).toMatchObject({ code: 1008 });
    expect(client.sink.frames).toHaveLength(21);
  });

  it('bears a heartbeat a second for an hour, and 100 frames at once that are no command', async () => {
    let now = 0;
    const node = open({ now: () => now });
    const client = node.connect({}, ENTITY_EVENTS);
    for (let i = 0; i < 3600; i++) {
      client.session.receive(i % 2 === 0 ? 'ping' : '{"type":"ping"}');
      await client.session.settled();
      now += 1000;
    }
    expect(client.sink.frames).toHaveLength(1800);
    for (let i = 0; i < 100; i++) client.session.receive(i % 2 === 0 ? 'ping' : '{"type":"ping"}');
    await client.session.settled();
    expect(client.sink.closed).toBeNull();
    expect(client.sink.frames).toHaveLength(1850);
    client.session.receive('ping');
    expect(client.sink.closed).toEqual({ code: 1008, reason: 'too many frames' });
  });

  it('is closed with 1008 after more than ten commands in a minute that were too fast, each of which got its error', async () => {
    const node = open({ now: () => 0, limits: { commandsBurst: 1 } });
    const client = node.connect();
    for (let id = 0; id <= 11; id++) client.send({ type: 'list-topics', id });
    expect(client.sink.ignoring).toBe(false);
    client.send({ type: 'list-topics', id: 12 });
    expect(client.sink.ignoring).toBe(true);
    await client.session.settled();
    expect(client.sink.closed).toMatchObject({ code: 1008 });
    expect(client.sink.frames.map(({ id, code }) => [id, code])).toEqual(
      Array.from({ length: 12 }, (_, id) => [id, id === 0 ? undefined : 'RATE_LIMITED']),
    );
  });

  it('gets one answer to each command, in the order in which they came', async () => {
    const node = open();
    await node.directory.createAlertRule(TENANT, { code: 'r', topic: 'a', condition: 'true' });
    const client = node.connect({ subscribe: ['a'], publish: ['a'] });
    const commands: object[] = [
      { type: 'list-topics' },
      subscribe(['a']),
      { type: 'nonsense' },
      { type: 'publish', topic: 'a', data: {} },
      subscribe(['b']),
      { type: 'subscribe', alert: 'r' },
      { type: 'unsubscribe', topics: ['a'] },
      { type: 'create-topic', name: 'a' },
      { type: 'subscribe' },
      { type: 'destroy-topic', name: 'a' },
    ];
    for (const [id, command] of commands.entries()) client.send({ ...command, id });
    await client.session.settled();
    expect(client.sink.frames.filter(({ type }) => type !== 'event').map(({ id, type }) => `${id} ${type}`)).toEqual(
      ['ok', 'ok', 'error', 'ok', 'error', 'ok', 'ok', 'ok', 'error', 'ok'].map((type, id) => `${id} ${type}`),
    );
  });

  it('follows an alert rule as it was when the command came', async () => {
    const node = open();
    await node.directory.createAlertRule(TENANT, { code: 'r', topic: 'a', condition: 'data.n > 1' });
    const client = node.connect();
    await client.ask({ type: 'subscribe', alert: 'r' });
    await node.directory.deleteAlertRule(TENANT, 'r');
    await node.directory.createAlertRule(TENANT, { code: 'r', topic: 'a', condition: 'data.n > 5' });
    await node.publish({ topic: 'a', data: { n: 1 } }, { topic: 'a', data: { n: 2 } });
    expect(await client.next()).toMatchObject({ data: { n: 2 } });
    await client.ask({ type: 'unsubscribe', alert: 'r' });
    await client.ask({ type: 'subscribe', alert: 'r' });
    await node.publish({ topic: 'a', data: { n: 2 } }, { topic: 'a', data: { n: 6 } });
    expect(await client.next()).toMatchObject({ data: { n: 6 } });
  });

  it('has limits with clear errors', async () => {
    let now = 0;
    const node = open({
      now: () => now,
      limits: { subscriptionsPerConnection: 3, commandsBurst: 8, commandsPerSecond: 1, publishesBurst: 1, publishesPerSecond: 1 },
    });
    const client = node.connect({ publish: ['*'] });
    expect(await client.ask(subscribe(['a', 'b', 'c']))).toMatchObject({ type: 'ok' });
    expect(await client.ask(subscribe(['a', 'b', 'c']))).toMatchObject({ type: 'ok' });
    expect(await client.ask(subscribe(['d']))).toMatchObject({ code: 'QUOTA_EXCEEDED' });
    expect(await client.ask({ type: 'publish', topic: 'x', data: {} })).toMatchObject({ type: 'ok' });
    expect(await client.ask({ type: 'publish', topic: 'x', data: {} })).toMatchObject({ code: 'RATE_LIMITED' });
    now += 1000;
    expect(await client.ask({ type: 'publish', topic: 'x', data: {} })).toMatchObject({ type: 'ok' });
    for (let i = 0; i < 3; i++) expect(await client.ask({ type: 'list-topics' })).toMatchObject({ type: 'ok' });
    expect(await client.ask({ type: 'list-topics' })).toMatchObject({ code: 'RATE_LIMITED' });
  });

  it('has a limit to the conditions of a connection, equal ones counted once', async () => {
    const node = open({ limits: { conditionsPerConnection: 2 } });
    const client = node.connect();
    for (const condition of ['data.a == 1', 'data.a == 2', 'data.a == 1']) {
      expect(await client.ask(subscribe([`t${condition.length}`, condition.at(-1) as string], { condition }))).toMatchObject({
        type: 'ok',
      });
    }
    expect(await client.ask(subscribe(['x'], { condition: 'data.a == 3' }))).toMatchObject({ code: 'QUOTA_EXCEEDED' });
    expect(await client.ask(subscribe(['x']))).toMatchObject({ type: 'ok' });
  });

  it('is closed with 4408 if it reads too slowly, while others go on', async () => {
    const node = open({ limits: { bufferedBytes: 1000, slowMs: 20 } });
    const client = node.connect();
    const other = node.connect();
    await client.ask(subscribe(['a']));
    await other.ask(subscribe(['a']));
    client.sink.buffered = 1001;
    await node.publish({ topic: 'a' }, { topic: 'a' });
    for (let n = 0; n < 2; n++) expect(await other.next()).toMatchObject({ topic: 'a' });
    await client.session.settled();
    expect(client.sink.closed).toMatchObject({ code: 4408 });
    expect(client.sink.frames.filter(({ type }) => type === 'event')).toHaveLength(1);
    expect(other.sink.closed).toBeNull();
  });

  it('gets from the stream what a burst had no room for, in order and once', async () => {
    const node = open({ limits: { bufferedBytes: 1000 } });
    const client = node.connect();
    await client.ask(subscribe(['a', '*:b']));
    await client.ask(subscribe(['a:b'], { fields: ['n'] }));
    let n = 0;
    const burst = (count: number) =>
      node.publish(...Array.from({ length: count }, () => ({ topic: n % 2 ? 'a:b' : 'x:b', data: { n: n++ } })));
    await burst(5);
    client.sink.buffered = 1001;
    await burst(400);
    await turns(100);
    await burst(700);
    await turns(100);
    client.sink.buffered = 0;
    await burst(100);
    for (let i = 0; i < n; i++) expect((await client.next()).data).toEqual({ n: i });
    expect(await client.ask({ type: 'list-topics' })).toMatchObject({ type: 'ok' });
    expect(client.sink.closed).toBeNull();
  });

  it('leaves nothing behind', async () => {
    const node = open();
    const client = node.connect();
    await client.ask(subscribe(['a', 'b:*', '*']));
    expect(node.hub.subscriptions).toBe(3);
    client.leave();
    expect(node.hub.subscriptions).toBe(0);
    expect(node.hub.sessions).toBe(0);
    client.send(subscribe(['a']));
    await client.session.settled();
    expect(node.hub.subscriptions).toBe(0);
  });

  it('hears nothing of another tenant', async () => {
    const node = open();
    const other = node.connect({ tenantId: '01890000-0000-7000-8000-000000000002' });
    await other.ask(subscribe(['*']));
    await node.publish({ topic: 'a' });
    await node.publisher.publish(other.session.tenantId, [[newEvent({ topic: 'mine' })]]);
    expect(await other.next()).toMatchObject({ topic: 'mine' });
  });
});

describe('resuming', () => {
  const numbers = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, i) => ({ topic: 'a', data: { n: from + i } }));

  it('sends what was missed in order and once, then what happens', async () => {
    const node = open();
    const [first] = await node.publish(...numbers(0, 500));
    const client = node.connect();
    expect(await client.ask(subscribe(['a'], { after: first }))).toEqual({ type: 'ok', id: 'c1', recovered: true });
    await node.publish(...numbers(501, 600));
    for (let n = 1; n <= 600; n++) expect((await client.next()).data).toEqual({ n });
    await node.publish(...numbers(601, 601));
    expect((await client.next()).data).toEqual({ n: 601 });
  });

  it('keeps the order while events come during the replay', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 6 }), async (bursts) => {
        const node = open();
        const [first] = await node.publish(...numbers(0, 250));
        const client = node.connect();
        const asked = client.ask(subscribe(['a'], { after: first }));
        let n = 251;
        for (const burst of bursts) {
          await node.publish(...numbers(n, n + burst - 1));
          n += burst;
        }
        expect(await asked).toMatchObject({ recovered: true });
        for (let i = 1; i < n; i++) expect((await client.next()).data).toEqual({ n: i });
      }),
      { numRuns: 20 },
    );
  });

  it('sends only what matches', async () => {
    const node = open();
    const [first] = await node.publish(
      { topic: 'a' },
      { topic: 'b' },
      { topic: 'c', parent: 'a:1' },
      { topic: 'a:1', type: 'delete' },
    );
    const client = node.connect();
    await client.ask(subscribe(['a:1'], { after: first }));
    expect(await client.next()).toMatchObject({ topic: 'a:1', child: { topic: 'c' } });
    expect(await client.next()).toMatchObject({ topic: 'a:1', event: 'delete' });
  });

  it('sends an event once though several subscriptions ask for it', async () => {
    const node = open();
    const [first] = await node.publish(...numbers(0, 3));
    const client = node.connect();
    await client.ask(subscribe(['a'], { after: first }));
    for (let n = 1; n <= 3; n++) expect((await client.next()).data).toEqual({ n });
    expect(await client.ask(subscribe(['*'], { after: first }))).toMatchObject({ recovered: true });
    await node.publish(...numbers(4, 4));
    expect((await client.next()).data).toEqual({ n: 4 });
    expect(client.sink.frames.filter(({ type }) => type === 'event')).toHaveLength(4);
  });

  it('sends what was missed to a pattern that is followed already, and nothing twice', async () => {
    const node = open();
    const [first] = await node.publish(...numbers(0, 3));
    const client = node.connect();
    await client.ask(subscribe(['a']));
    await node.publish(...numbers(4, 4));
    expect((await client.next()).data).toEqual({ n: 4 });
    expect(await client.ask(subscribe(['a', 'b'], { after: first }))).toMatchObject({ type: 'ok', recovered: true });
    for (let n = 1; n <= 3; n++) expect((await client.next()).data).toEqual({ n });
    expect(node.hub.subscriptions).toBe(2);
    await node.publish(...numbers(5, 5));
    expect((await client.next()).data).toEqual({ n: 5 });
    expect(await client.ask(subscribe(['a'], { after: first }))).toMatchObject({ type: 'ok', recovered: true });
    expect(await client.ask({ type: 'list-topics' })).toMatchObject({ type: 'ok' });
  });

  it('keeps the order of a pattern that is followed already while events come during the replay', async () => {
    const node = open();
    const [first] = await node.publish(...numbers(0, 450));
    const client = node.connect();
    await client.ask(subscribe(['a']));
    const asked = client.ask(subscribe(['a'], { after: first }));
    for (const from of [451, 751, 1051]) await node.publish(...numbers(from, from + 299));
    await node.publish(...numbers(1351, 2000));
    expect(await asked).toMatchObject({ recovered: true });
    for (let n = 1; n <= 2000; n++) expect((await client.next()).data).toEqual({ n });
    expect(await client.ask({ type: 'list-topics' })).toMatchObject({ type: 'ok' });
  });

  it('loses nothing that one pattern left to another, which then asks for what it missed itself', async () => {
    const node = open();
    const [first] = await node.publish(...numbers(0, 3));
    const client = node.connect();
    await client.ask(subscribe(['a']));
    await client.ask(subscribe(['*']));
    // The bus mostly brings the event after both commands have read the stream; on a busy machine before.
    await node.publish(...numbers(4, 4));
    for (const [id, topic] of ['a', '*'].entries()) client.send({ id, ...subscribe([topic], { after: first }) });
    await client.session.settled();
    await turns(10);
    await node.publish(...numbers(5, 5));
    const got: unknown[] = [];
    while (got.at(-1) !== 5) {
      const frame = await client.next();
      if (frame.type === 'event') got.push((frame.data as { n: number }).n);
      else expect(frame).toMatchObject({ type: 'ok', recovered: true });
    }
    expect([...got].sort()).toEqual([1, 2, 3, 4, 5]);
  });

  it('after a gap sends what the gap took, and nothing twice', async () => {
    const node = open();
    const ids = await node.publish(...numbers(0, 500));
    const client = node.connect();
    const after = node.stream.after.bind(node.stream);
    let asked = 0;
    node.stream.after = async (...args) => {
      if (++asked === 2) throw new Error('the server is away');
      return after(...args);
    };
    expect(await client.ask(subscribe(['a'], { after: ids[0] }))).toMatchObject({ recovered: true });
    let had = 0;
    for (let frame = await client.next(); frame.type !== 'gap'; frame = await client.next()) had++;
    expect(had).toBeLessThan(500);
    await node.publish(...numbers(501, 501));
    expect((await client.next()).data).toEqual({ n: 501 });
    expect(await client.ask(subscribe(['a'], { after: ids[had] }))).toMatchObject({ type: 'ok', recovered: true });
    for (let n = had + 1; n <= 500; n++) expect((await client.next()).data).toEqual({ n });
    await node.publish(...numbers(502, 502));
    expect((await client.next()).data).toEqual({ n: 502 });
  });

  it('leaves a pattern that is followed already as it was if the stream cannot be read', async () => {
    const node = open();
    const [first] = await node.publish(...numbers(0, 3));
    const client = node.connect();
    await client.ask(subscribe(['a']));
    const after = node.stream.after.bind(node.stream);
    const { unavailable } = await import('../../../src/core/domain/errors.js');
    node.stream.after = async () => {
      await node.publish(...numbers(4, 4));
      await turns(10);
      throw unavailable('Redis is away');
    };
    client.send({ id: 1, ...subscribe(['a', 'b'], { after: first }) });
    expect((await client.next()).data).toEqual({ n: 4 });
    expect(await client.next()).toMatchObject({ id: 1, code: 'SERVICE_UNAVAILABLE' });
    expect(node.hub.subscriptions).toBe(1);
    node.stream.after = after;
    expect(await client.ask(subscribe(['a'], { after: first }))).toMatchObject({ recovered: true });
    for (let n = 1; n <= 3; n++) expect((await client.next()).data).toEqual({ n });
    await node.publish(...numbers(5, 5));
    expect((await client.next()).data).toEqual({ n: 5 });
  });

  it('sends what was missed though the pattern is behind for want of room', async () => {
    const node = open({ limits: { bufferedBytes: 1000 } });
    const [first] = await node.publish(...numbers(0, 3));
    const client = node.connect();
    await client.ask(subscribe(['a']));
    await node.publish(...numbers(4, 4));
    expect((await client.next()).data).toEqual({ n: 4 });
    let goOn = () => {};
    node.directory.alertRule = () => new Promise((resolve) => (goOn = () => resolve(null)));
    client.send({ id: 1, type: 'subscribe', alert: 'none' });
    client.send({ id: 2, ...subscribe(['a'], { after: first }) });
    client.sink.buffered = 1001;
    await node.publish(...numbers(5, 5));
    await node.publish(...numbers(6, 6));
    expect((await client.next()).data).toEqual({ n: 5 });
    await turns(10);
    client.sink.buffered = 0;
    goOn();
    expect(await client.next()).toMatchObject({ id: 1, type: 'error' });
    expect(await client.next()).toMatchObject({ id: 2, recovered: true });
    for (const n of [1, 2, 3, 6]) expect((await client.next()).data).toEqual({ n });
    await node.publish(...numbers(7, 7));
    expect((await client.next()).data).toEqual({ n: 7 });
    expect(await client.ask({ type: 'list-topics' })).toMatchObject({ type: 'ok' });
  });

  it('says that nothing was missed after the latest event', async () => {
    const node = open();
    const [first] = await node.publish({ topic: 'a' });
    expect(await node.connect().ask(subscribe(['a'], { after: first }))).toMatchObject({ recovered: true });
  });

  it.each(['nonsense', '', '0198c0de-0000-7000-8000-000000000000'])(
    'does not recover after an event that it does not know: %j',
    async (after) => {
      const node = open();
      await node.publish(...numbers(0, 3));
      const client = node.connect();
      expect(await client.ask(subscribe(['a'], { after }))).toMatchObject({ type: 'ok', recovered: false });
      await node.publish(...numbers(4, 4));
      expect((await client.next()).data).toEqual({ n: 4 });
    },
  );

  it('waits for a slow reader instead of cutting it', async () => {
    const node = open({ limits: { bufferedBytes: 1000 } });
    const [first] = await node.publish(...numbers(0, 50));
    const client = node.connect();
    await client.ask(subscribe(['a'], { after: first }));
    client.sink.buffered = 900;
    await client.next();
    await turns(100);
    const got = client.sink.frames.length;
    expect(got).toBeLessThan(50);
    client.sink.buffered = 0;
    for (let n = 2; n <= 50; n++) expect((await client.next()).data).toEqual({ n });
    expect(client.sink.closed).toBeNull();
  });
});

describe('a node that misses events on the bus', () => {
  /** Loses the events for which the function returns true. */
  function losing(node: TestNode, loses: (event: LiveEvent) => boolean): void {
    const publish = node.bus.publish.bind(node.bus);
    node.bus.publish = (messages) => publish(messages.filter(({ event }) => event.type !== 'live' || !loses(event.event)));
  }

  it('notices by the next event and reads the stream', async () => {
    const node = open();
    losing(node, ({ data }) => Number(data.n) % 3 !== 0);
    const client = node.connect();
    await client.ask(subscribe(['a']));
    for (let n = 1; n <= 30; n++) await node.publish({ topic: 'a', data: { n } });
    for (let n = 1; n <= 30; n++) expect((await client.next()).data).toEqual({ n });
  });

  it('notices by looking when no event follows', async () => {
    const node = open({ lookEveryMs: 20 });
    losing(node, () => true);
    const client = node.connect();
    await client.ask(subscribe(['a', '*']));
    await node.publish({ topic: 'a', data: { n: 1 } }, { topic: 'b', data: { n: 2 } });
    expect((await client.next()).data).toEqual({ n: 1 });
    expect((await client.next()).data).toEqual({ n: 2 });
  });

  it('passes each event on once, in order of its part, whatever is lost, late or repeated', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('lost', 'on time', 'twice', 'late'), { minLength: 1, maxLength: 30 }),
        async (fates) => {
          const node = open({ lookEveryMs: 5 });
          const publish = node.bus.publish.bind(node.bus);
          let late: Parameters<typeof publish>[0] = [];
          let i = 0;
          node.bus.publish = async (messages) => {
            const fate = fates[i++];
            if (fate === 'lost') return;
            if (fate === 'late') {
              late = [...late, ...messages];
              return;
            }
            await publish(fate === 'twice' ? [...messages, ...messages] : messages);
            await publish(late);
            late = [];
          };
          const client = node.connect();
          await client.ask(subscribe(['a', '*']));
          for (let n = 0; n < fates.length; n++) await node.publish({ topic: n % 2 ? 'a' : 'b', parent: 'a:x', data: { n } });
          for (let n = 0; n < fates.length; n++) expect((await client.next()).data).toEqual({ n });
          await publish(late);
          await client.ask({ type: 'list-topics' });
        },
      ),
      { numRuns: 30 },
    );
  });

  it('tells its subscribers if the stream has forgotten them', async () => {
    const node = open({ lookEveryMs: 20 });
    losing(node, ({ data }) => data.n === 1);
    const client = node.connect();
    const other = node.connect();
    await client.ask(subscribe(['a', 'a:b']));
    await other.ask(subscribe(['c']));
    await node.publish({ topic: 'a' });
    await client.next();
    const after = node.stream.after.bind(node.stream);
    node.stream.after = async (...args) => ({ ...(await after(...args)), recovered: false, events: [], more: false });
    await node.publish({ topic: 'a', data: { n: 1 } });
    expect(await client.next()).toEqual({ type: 'gap', topics: ['a', 'a:b'] });
    await node.publish({ topic: 'a', data: { n: 2 } });
    expect(await client.next()).toMatchObject({ data: { n: 2 } });
    expect(other.sink.frames.filter(({ type }) => type === 'gap')).toEqual([]);
  });

  it('refuses a subscription while the stream is away, and changes nothing', async () => {
    const node = open();
    const heads = node.stream.heads.bind(node.stream);
    const { unavailable } = await import('../../../src/core/domain/errors.js');
    node.stream.heads = async () => {
      throw unavailable('Redis is away');
    };
    const client = node.connect();
    expect(await client.ask(subscribe(['a']))).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(node.hub.subscriptions).toBe(0);
    node.stream.heads = heads;
    expect(await client.ask(subscribe(['a']))).toMatchObject({ type: 'ok' });
  });
});
