import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RE2JS } from 're2js';
import { type CelCondition, compileCondition, knownCondition } from '../../../src/live/matching/cel-condition.js';
import { EVENT_STEPS } from '../../../src/live/matching/event-dispatch.js';
import { estimatePatternSize } from '../../../src/live/matching/pattern-size.js';
import { Subscription } from '../../../src/live/matching/subscription.js';
import { SubscriptionLedger } from '../../../src/live/matching/subscription-ledger.js';
import { createTestNode, type TestClient, type TestNode, type TestNodeOptions } from '../node.js';

const OTHER_TENANT = '01890000-0000-7000-8000-000000000002';

const nodes: TestNode[] = [];
const open = (options?: TestNodeOptions): TestNode => {
  const node = createTestNode(options);
  nodes.push(node);
  return node;
};
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.close();
});

const subscribe = (condition: string, more: object = {}) => ({ type: 'subscribe', topics: ['x'], condition, ...more });
/** Takes some 16,600 steps of an event whose list has 45 entries, and holds. */
const heavy = (salt: number) => `data.l.all(x, data.l.all(y, x == 1.0 || y == ${salt}.0))`;
const heavyEvent = { topic: 'x', data: { l: Array.from({ length: 45 }, () => 1) } };

/** Moves the clock by so much whenever it is looked at: everything seems to take a whole turn of the event loop. */
const STEP_MS = 10;

/** Counts the frames that come in each turn of the event loop until there are so many. */
async function framesPerTurn({ sink }: TestClient, count: number): Promise<number[]> {
  const perTurn: number[] = [];
  for (let seen = sink.frames.length; seen < count; seen = sink.frames.length) {
    await new Promise(setImmediate);
    perTurn.push(sink.frames.length - seen);
  }
  return perTurn;
}

describe('compiling a condition', () => {
  it('is not begun for who may not subscribe', async () => {
    const node = open();
    const client = node.connect({ subscribe: [] });
    expect(await client.ask(subscribe('data.'))).toMatchObject({ code: 'FORBIDDEN' });
    expect(await client.ask(subscribe('data.notGranted == 1'))).toMatchObject({ code: 'FORBIDDEN' });
    expect(knownCondition('data.notGranted == 1')).toBeUndefined();
    expect(await node.connect().ask(subscribe('data.notGranted == 1'))).toMatchObject({ type: 'ok' });
    expect(knownCondition('data.notGranted == 1')).toBeDefined();
  });

  it.each([
    ['repetitions', `topic.matches("${'.{1000}'.repeat(120)}")`],
    ['repetitions of repetitions', 'topic.matches("((.{10}){10}){10}")'],
    ['several patterns', `topic.matches(".{900}") || topic.matches(".{901}")`],
    ['classes of Unicode', `topic.matches("${'\\\\pL'.repeat(200)}")`],
    ['ranges in any case', 'topic.matches("(?i)[a-\\\\x{10ffff}]")'],
    ['nested groups', `topic.matches("${'(a|'.repeat(200)}a${')'.repeat(200)}")`],
  ])('is refused before it is begun where patterns have too many instructions: %s', async (_, condition) => {
    const answer = await open().connect().ask(subscribe(condition));
    expect(answer).toMatchObject({ code: 'BAD_USER_INPUT', message: expect.stringContaining('2500 instructions') });
  });

  it('takes patterns as people write them', async () => {
    const client = open().connect();
    for (const pattern of [
      '^[a-zA-Z0-9._%+-]+@[a-zA-Z0-9.-]+\\\\.[a-zA-Z]{2,63}$',
      '(?i)^urgent|high$',
      '.{1000}',
      '(\\\\pL|\\\\d){2,64}',
    ]) {
      expect(await client.ask(subscribe(`data.s.matches("${pattern}")`))).toMatchObject({ type: 'ok' });
    }
  });

  it('is estimated from above', () => {
    const token = fc.constantFrom(
      'a',
      '.',
      '(',
      ')',
      '(?:',
      '[',
      ']',
      '[^',
      '-',
      '{3}',
      '{2,9}',
      '{4,}',
      '*',
      '?',
      '|',
      '\\d',
      '\\pL',
      '\\Q',
      '\\E',
      '[[:alpha:]]',
      '{',
      '}',
      '^',
      '$',
      '(?i)',
      'é',
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 16 }), (tokens) => {
        const pattern = tokens.join('');
        if (estimatePatternSize(pattern) > 5_000) return;
        let size: number;
        try {
          size = RE2JS.compile(pattern).programSize();
        } catch {
          return;
        }
        // Each program begins and ends with an instruction of its own.
        expect(size).toBeLessThanOrEqual(estimatePatternSize(pattern) + 3);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is paid by the connection in time: who has compiled too much waits', async () => {
    const node = open({ limits: { compileMsPerSecond: 0.001, compileMsBurst: 0.001 } });
    const client = node.connect();
    expect(await client.ask(subscribe('data.paid == 1'))).toMatchObject({ type: 'ok' });
    expect(await client.ask(subscribe('data.paid == 2'))).toMatchObject({ code: 'RATE_LIMITED' });
    expect(await node.connect().ask(subscribe('data.paid == 2'))).toMatchObject({ type: 'ok' });
    expect(await client.ask(subscribe('data.paid == 2'))).toMatchObject({ type: 'ok' });
  });

  it('is paid by the tenant, too, also where it fails, and no other tenant pays for it', async () => {
    const node = open({ limits: { compileMsPerTenantSecond: 0.001, compileMsPerTenantBurst: 0.001 } });
    expect(await node.connect().ask(subscribe('data.shared ==='))).toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(await node.connect().ask(subscribe('data.shared == 2'))).toMatchObject({ code: 'RATE_LIMITED' });
    const other = node.connect({ tenantId: OTHER_TENANT });
    expect(await other.ask(subscribe('data.shared == 2'))).toMatchObject({ type: 'ok' });
  });

  it('is remembered within a bound of bytes', () => {
    const first = compileCondition('condition', 'topic.matches(".{1000}first")');
    expect(knownCondition(first.text)).toBe(first);
    for (let i = 0; i < 200; i++) compileCondition('condition', `topic.matches(".{1000}${i}")`);
    expect(knownCondition(first.text)).toBeUndefined();
  });
});

describe('judging an event', () => {
  it('has one budget of steps for all conditions of a tenant: whom it does not reach is told of a gap', async () => {
    const node = open();
    const clients = [1, 2, 3].map(() => node.connect());
    const [one, two, three] = clients as [TestClient, TestClient, TestClient];
    await one.ask(subscribe(heavy(11)));
    await two.ask(subscribe(heavy(12)));
    await three.ask({ type: 'subscribe', topics: ['x'] });
    await node.publish(heavyEvent);
    const told = [await one.next(), await two.next()];
    expect(told.filter(({ type }) => type === 'event')).toHaveLength(1);
    expect(told.filter(({ type }) => type === 'gap')).toEqual([{ type: 'gap', topics: ['x'] }]);
    expect(await three.next()).toMatchObject({ type: 'event' });
    await node.publish({ topic: 'x', data: { l: [1] } });
    for (const client of clients) expect(await client.next()).toMatchObject({ type: 'event', data: { l: [1] } });
  });

  it('is done once for equal conditions of many connections', async () => {
    const node = open();
    const clients = Array.from({ length: 10 }, () => node.connect());
    for (const client of clients) await client.ask(subscribe(heavy(13)));
    await node.publish(heavyEvent);
    for (const client of clients) expect(await client.next()).toMatchObject({ type: 'event' });
  });

  it('is spread over turns of the event loop where many events come at once, in order', async () => {
    let now = 0;
    const node = open({ now: () => (now += STEP_MS) });
    const client = node.connect();
    await client.ask(subscribe(heavy(14)));
    const begun = client.sink.frames.length;
    const ids = node.publish(...Array.from({ length: 12 }, () => heavyEvent));
    expect(Math.max(...(await framesPerTurn(client, begun + 12)))).toBe(1);
    expect(client.sink.frames.slice(begun).map(({ id }) => id)).toEqual(await ids);
  });

  it('is spread over turns of the event loop where a connection catches up', async () => {
    let now = 0;
    const node = open({ now: () => (now += STEP_MS) });
    const [after] = await node.publish({ topic: 'x' });
    const ids = await node.publish(...Array.from({ length: 12 }, () => heavyEvent));
    const client = node.connect();
    client.send(subscribe(heavy(15), { id: 'c', after }));
    expect(Math.max(...(await framesPerTurn(client, 13)))).toBe(1);
    expect(client.sink.frames.slice(1).map(({ id }) => id)).toEqual(ids);
  });
});

describe('the conditions of a tenant', () => {
  const subscriber = { selected: undefined, stage: () => true, passStaged() {}, gap() {} };
  const condition = (text: string, cost: number, bytes = 1): CelCondition => ({ text, cost, bytes, holds: () => true });
  const on = (pattern: string, of: CelCondition) =>
    new Subscription(subscriber, pattern, {
      exact: false,
      folded: false,
      types: null,
      where: null,
      condition: of,
      fields: null,
      alert: null,
      chars: 0,
    });

  it('are refused where an event could not be judged by all of one pattern, equal ones counted once', () => {
    const ledger = new SubscriptionLedger();
    const most = on('a', condition('most', EVENT_STEPS));
    const refused = [on('b', condition('one', 1)), on('a', condition('one', 1))];
    ledger.add([most, on('a', condition('most', EVENT_STEPS)), on('b', condition('most', EVENT_STEPS))]);
    expect(() => ledger.add(refused)).toThrow(
      expect.objectContaining({ code: 'QUOTA_EXCEEDED', details: { limit: EVENT_STEPS } }),
    );
    ledger.delete(most);
    expect(() => ledger.add(refused)).toThrow('steps');
    ledger.delete(most);
    ledger.add([on('a', condition('one', 1))]);
  });

  it('are refused beyond the bytes that they may take', () => {
    const ledger = new SubscriptionLedger();
    ledger.add([on('a', condition('most', 1, 32 * 1024 * 1024))]);
    expect(() => ledger.add([on('b', condition('one', 1))])).toThrow(expect.objectContaining({ code: 'QUOTA_EXCEEDED' }));
  });
});
