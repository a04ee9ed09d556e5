import { afterEach, describe, expect, it } from '@jest/globals';
import { GrantedCommands } from '../../../src/live/session/granted-commands.js';
import { createTestNode, type TestNode } from '../node.js';

let node: TestNode;
afterEach(() => node.close());

const subscribe = (id: string, topics: string[], more: object = {}) => ({ type: 'subscribe', id, topics, ...more });
const ended = (id: string) => ({ type: 'error', id, code: 'FORBIDDEN', message: expect.any(String) });

describe('grants of a renewed token', () => {
  it('end a command as a whole if they do not cover one of its topics, and leave the others', async () => {
    node = createTestNode();
    const client = node.connect();
    for (const frame of [subscribe('mixed', ['a', 'b']), subscribe('kept', ['a:1']), subscribe('lost', ['b:1'])]) {
      client.send(frame);
      expect(await client.next()).toEqual({ type: 'ok', id: frame.id });
    }
    client.session.regrant({ subscribe: ['a'], publish: [] });
    expect(await client.next()).toEqual(ended('mixed'));
    expect(await client.next()).toEqual(ended('lost'));
    await node.publish({ topic: 'b:1' }, { topic: 'a:2' }, { topic: 'a:1' });
    expect(await client.next()).toMatchObject({ type: 'event', topic: 'a:1' });
    expect(client.session.subscriptions.size).toBe(1);
  });

  it('leave a subscription that a command asked for which is covered', async () => {
    node = createTestNode();
    const client = node.connect();
    for (const frame of [subscribe('both', ['a', 'b']), subscribe('one', ['a'])]) {
      client.send(frame);
      await client.next();
    }
    client.session.regrant({ subscribe: ['a'], publish: [] });
    expect(await client.next()).toEqual(ended('both'));
    await node.publish({ topic: 'a' });
    expect(await client.next()).toMatchObject({ type: 'event', topic: 'a' });
  });

  it('count for the commands that follow: those to subscribe, and those to publish', async () => {
    node = createTestNode();
    const client = node.connect({ subscribe: ['a'], publish: ['a'] });
    client.send(subscribe('before', ['a']));
    client.session.regrant({ subscribe: ['b'], publish: ['b'] });
    expect(await client.next()).toEqual({ type: 'ok', id: 'before' });
    expect(await client.next()).toEqual(ended('before'));
    expect(await client.ask({ type: 'subscribe', topics: ['a'] })).toMatchObject({ code: 'FORBIDDEN' });
    expect(await client.ask({ type: 'publish', topic: 'a', data: {} })).toMatchObject({ code: 'FORBIDDEN' });
    expect(await client.ask({ type: 'subscribe', topics: ['b'] })).toMatchObject({ type: 'ok' });
  });

  it('say nothing of what the client has ended itself', async () => {
    node = createTestNode();
    const client = node.connect();
    await client.ask({ type: 'subscribe', topics: ['a', 'b'] });
    await client.ask({ type: 'unsubscribe', topics: ['b'] });
    client.session.regrant({ subscribe: ['a'], publish: [] });
    await client.session.settled();
    await node.publish({ topic: 'a' });
    expect(await client.next()).toMatchObject({ type: 'event', topic: 'a' });
  });
});

it('commands that asked for the same are remembered once, and the others within a bound', () => {
  node = createTestNode();
  const { session } = node.connect();
  const commands = new GrantedCommands(2);
  const [a, b] = ['a', 'b'].map((name) => ({ subscriber: session, name })) as never[];
  commands.add({ id: 'first' }, [a as never]);
  commands.add({ id: 'again' }, [a as never]);
  commands.add({ id: 'both' }, [a as never, b as never]);
  commands.add({ id: 'other' }, [b as never]);
  expect(commands.revoke(() => false)).toEqual({ tags: [{ id: 'both' }, { id: 'other' }], ended: [a, b] });
});
