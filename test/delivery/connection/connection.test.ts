import { describe, expect, test } from '@jest/globals';
import type { OutgoingMessage } from '../../../src/core/domain/outgoing-message.js';
import { noConnectionLimits } from '../../../src/core/ports/connection-limits.js';
import { silentLogger } from '../../../src/core/ports/logger.js';
import { tenantChannel } from '../../../src/core/ports/message-bus.js';
import { noMetrics } from '../../../src/core/ports/metrics.js';
import { noUsage } from '../../../src/core/ports/usage-meter.js';
import { DeliveryCore } from '../../../src/delivery/delivery-core.js';
import { EncodedMessage } from '../../../src/delivery/outbound/frame-encoder.js';
import type { Socket, SocketEvents } from '../../../src/delivery/socket/socket.js';
import { CLOSE } from '../../../src/protocol/close-codes.js';
import type { Mode } from '../../../src/protocol/subprotocols.js';
import { TurnedTimers } from '../../support/turned-timers.js';
import { FakeStore } from '../support/fake-store.js';
import { TENANT, TestBus, until } from '../support/node.js';

/** Of frames below 64 KiB: a length from 126 bytes on has two bytes of its own (RFC 6455, section 5.2). */
const headOf = (bytes: Buffer, at = 0) => (bytes[at + 1] === 126 ? 4 : 2);

class FakeSocket implements Socket {
  open = true;
  bufferedAmount = 0;
  readonly written: Buffer[] = [];
  closedWith: number | null = null;
  terminated = false;
  ignoring = false;
  #writable: Array<() => void> = [];

  get texts(): string[] {
    return this.written.filter((frame) => frame[0] === 0x81).map((frame) => frame.subarray(headOf(frame)).toString());
  }

  get pings(): Buffer[] {
    return this.written.filter((frame) => frame[0] === 0x89).map((frame) => frame.subarray(2));
  }

  write(frames: readonly Buffer[]): void {
    const bytes = Buffer.concat(frames);
    for (let at = 0; at < bytes.length; ) {
      const head = headOf(bytes, at);
      const end = at + head + (head === 2 ? (bytes[at + 1] as number) : bytes.readUInt16BE(at + 2));
      this.written.push(bytes.subarray(at, end));
      at = end;
    }
  }

  onceWritable(listener: () => void): void {
    this.#writable.push(listener);
  }

  makeWritable(): void {
    this.bufferedAmount = 0;
    for (const listener of this.#writable.splice(0)) listener();
  }

  close(code: number): void {
    this.open = false;
    this.closedWith = code;
  }

  ignoreInput(): void {
    this.ignoring = true;
  }

  terminate(): void {
    this.open = false;
    this.terminated = true;
  }

  listen(_events: SocketEvents): void {}
}

async function start(
  mode: Mode,
  config: { maxUnconfirmedMessages?: number; maxUnconfirmedBytes?: number; sweepIntervalMs?: number } = {},
) {
  const timers = new TurnedTimers();
  const clock = { now: () => Date.parse('2026-01-01') + timers.now() };
  const store = new FakeStore(clock.now);
  const bus = new TestBus();
  const core = new DeliveryCore({
    name: 'node',
    store,
    bus,
    connectionLimits: noConnectionLimits,
    clock,
    timers,
    metrics: noMetrics,
    usage: noUsage,
    logger: silentLogger,
    config: {
      maxUnconfirmedMessages: 256,
      maxUnconfirmedBytes: 1024 * 1024,
      pingIntervalMs: 20_000,
      pongTimeoutMs: 10_000,
      sweepIntervalMs: 3_600_000,
      activityRetentionMs: 0,
      ...config,
    },
  });
  const socket = new FakeSocket();
  const claims = {
    tenantId: TENANT,
    recipient: 'alice',
    topic: null,
    sourceIp: null,
    origin: null,
    revocation: 0,
    tokenId: 'one',
    issuedAt: clock.now(),
    expiresAt: clock.now() + 86_400_000,
    subscribe: [],
    publish: [],
  };
  const connection = core.connect(claims, mode, socket);
  await until(() => connection.backlog.phase === 'live');
  const push = async (text: string, expiresAt: number | null = null) => {
    const message = store.add(TENANT, 'alice', text, { expiresAt });
    connection.backlog.offer({ encoded: new EncodedMessage(message), rowId: message.id });
    await new Promise((resolve) => setImmediate(resolve));
    return message;
  };
  return { timers, clock, store, bus, core, claims, socket, connection, push };
}

/** A socket whose client has stopped reading: it keeps the very buffers that it is given until they can be written. */
class HoldingSocket extends FakeSocket {
  readonly held: Buffer[] = [];

  override write(frames: readonly Buffer[]): void {
    this.held.push(...frames);
    for (const frame of frames) this.bufferedAmount += frame.length;
  }
}

describe('live events of a client that reads slowly', () => {
  test('are given to its socket 64 KiB at a time, in order, as it has room', async () => {
    const { core, claims } = await start('v1');
    const socket = new HoldingSocket();
    const slow = core.connect({ ...claims, recipient: 'bob' }, 'v1', socket);
    const frames = Array.from({ length: 10 }, (_, n) => Buffer.alloc(20_000, n));
    for (const frame of frames) slow.write(frame);
    expect(slow.buffered).toBe(200_000);
    // What waits in the socket is little after the first 60 KB, and no more than it takes after the second.
    await until(() => socket.held.length === 6);
    await new Promise((resolve) => setImmediate(resolve));
    expect([socket.held.length, slow.buffered]).toEqual([6, 200_000]);
    socket.makeWritable();
    await until(() => socket.held.length === 10);
    expect(socket.held).toEqual(frames);
  });

  test('that still wait go before the close frame', async () => {
    const { core, claims } = await start('v1');
    const socket = new HoldingSocket();
    const slow = core.connect({ ...claims, recipient: 'bob' }, 'v1', socket);
    const frames = Array.from({ length: 10 }, (_, n) => Buffer.alloc(20_000, n));
    for (const frame of frames) slow.write(frame);
    await until(() => socket.held.length === 6);
    slow.close(CLOSE.goingAway, 'shutting down');
    expect([socket.held, socket.closedWith]).toEqual([frames, CLOSE.goingAway]);
  });
});

describe('a broadcast', () => {
  test('that waits in a socket keeps its own ping while others get theirs', async () => {
    const { core, claims, bus, store } = await start('plain');
    const sockets = [new HoldingSocket(), new FakeSocket(), new HoldingSocket(), new FakeSocket()];
    const connections = sockets.map((socket, i) => core.connect({ ...claims, recipient: `${i}` }, 'plain', socket));
    await until(() => connections.every(({ backlog }) => backlog.phase === 'live'));
    const message = store.addGlobal(TENANT, 'to all');
    await bus.publish([{ channel: tenantChannel(TENANT), event: { type: 'global', message } }]);
    await until(() => connections.every(({ admitted }) => admitted.pinged));
    for (const [i, socket] of sockets.entries()) {
      const written = socket instanceof HoldingSocket ? Buffer.concat(socket.held) : null;
      expect(written?.subarray(2, 8).toString() ?? socket.texts[0]).toBe('to all');
      connections[i]?.pong(written?.subarray(-8) ?? (socket.pings[0] as Buffer));
    }
    expect(connections.map(({ sender }) => sender.window.size)).toEqual([0, 0, 0, 0]);
  });
});

describe('rows of broadcasts', () => {
  async function broadcasting() {
    const node = await start('plain');
    const { timers, socket, connection, bus, store } = node;
    let statements = 0;
    store.before.recordGlobals = () => void statements++;
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    return {
      ...node,
      get statements() {
        return statements;
      },
      async broadcast() {
        const message = store.addGlobal(TENANT, 'to all');
        const before = socket.texts.length;
        await bus.publish([{ channel: tenantChannel(TENANT), event: { type: 'global', message } }]);
        await until(() => socket.texts.length > before);
        // The walk ends in a turn of its own, at the latest.
        await turn();
        await turn();
        return message;
      },
      confirm: () => connection.pong(socket.pings.at(-1) as Buffer),
      /** Lets time pass in steps, and what became due in each be written. */
      async pass(ms: number) {
        for (let passed = 0; passed < ms; passed += 5) {
          timers.forward(5);
          await turn();
          await turn();
        }
      },
    };
  }

  test('are made as soon as no more receipts come in', async () => {
    const { broadcast, confirm, pass, store } = await broadcasting();
    const message = await broadcast();
    confirm();
    await pass(10);
    expect(store.row(message, 'alice')?.receipt).toBe('PONG');
  });

  test('of a stream of broadcasts share statements, which come every 50 ms', async () => {
    const node = await broadcasting();
    for (let i = 0; i < 20; i++) {
      await node.broadcast();
      node.confirm();
      await node.pass(10);
    }
    await node.pass(50);
    expect(node.store.recorded.filter(({ receipt }) => receipt !== null)).toHaveLength(20);
    expect(node.statements).toBeLessThanOrEqual(6);
  });

  test('wait 200 ms for a receipt that does not come', async () => {
    const { broadcast, pass, store } = await broadcasting();
    const message = await broadcast();
    await pass(195);
    expect(store.row(message, 'alice')).toBeUndefined();
    await pass(10);
    expect(store.row(message, 'alice')?.status).toBe('PENDING');
  });
});

describe('a broadcast on a connection of tidings.v1', () => {
  test('that waits minutes for its ack is not sent again meanwhile, though it is pending', async () => {
    const { core, timers, socket, connection, bus, store } = await start('v1', { sweepIntervalMs: 1_000 });
    const message = store.addGlobal(TENANT, 'to all');
    await bus.publish([{ channel: tenantChannel(TENANT), event: { type: 'global', message } }]);
    await until(() => socket.texts.length === 1);
    let passes = 0;
    store.before.pending = () => void passes++;
    for (let s = 0; s < 180; s++) {
      timers.forward(1_000);
      for (const ping of socket.pings) connection.pong(ping);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(store.row(message, 'alice')?.status).toBe('PENDING');
    expect(passes).toBeGreaterThan(0);
    expect(socket.texts).toHaveLength(1);
    connection.ack([message.id]);
    timers.forward(1_000);
    await core.globals.flushed();
    expect(store.row(message, 'alice')?.receipt).toBe('ACK');
  });
});

describe('a broadcast that is acked while a page is read', () => {
  async function reading(answered: { afterMs: number }) {
    const { core, timers, socket, connection, bus, store } = await start('v1', { sweepIntervalMs: 1_000 });
    const message = store.addGlobal(TENANT, 'to all');
    const pass = async (seconds: number) => {
      for (let s = 0; s < seconds; s++) {
        timers.forward(1_000);
        for (const ping of socket.pings) connection.pong(ping);
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await bus.publish([{ channel: tenantChannel(TENANT), event: { type: 'global', message } }]);
    await until(() => socket.texts.length === 1);
    await pass(60);
    await until(() => connection.backlog.phase === 'live');
    let read = () => {};
    const reading = new Promise<void>((resolve) => {
      read = resolve;
    });
    let pages = 0;
    store.after.pending = () => {
      pages++;
      return reading;
    };
    connection.backlog.ask();
    await until(() => pages === 1);
    connection.ack([message.id]);
    timers.forward(1_000);
    await core.globals.flushed();
    await pass(answered.afterMs / 1_000);
    read();
    await until(() => connection.backlog.phase === 'live');
    return socket.texts;
  }

  test('long after it was sent is not sent again', async () => {
    expect(await reading({ afterMs: 0 })).toHaveLength(1);
  });

  test('is not sent again by a page that comes as late as the database may answer', async () => {
    expect(await reading({ afterMs: 10_000 })).toHaveLength(1);
  });
});

describe('a message that arrived during a pass, which sent it', () => {
  test('is not sent again when the next page comes long after its ack', async () => {
    const { core, claims, timers, store } = await start('v1', { sweepIntervalMs: 1_000 });
    const texts = ['one', 'two', 'three'].map((text) => store.add(TENANT, 'bob', text));
    const socket = new FakeSocket();
    let pages = 0;
    let answer = () => {};
    store.before.pending = () => {
      pages++;
      return new Promise<void>((resolve) => {
        answer = resolve;
      });
    };
    const connection = core.connect({ ...claims, recipient: 'bob' }, 'v1', socket);
    await until(() => pages === 1);
    const last = texts.at(-1) as OutgoingMessage;
    connection.backlog.offer({ encoded: new EncodedMessage(last), rowId: last.id });
    // It asks for another pass, whose page comes late.
    connection.backlog.ask();
    answer();
    await until(() => socket.texts.length === 3 && pages === 2);
    connection.ack(texts.map(({ id }) => id));
    for (let s = 0; s < 60; s++) {
      timers.forward(1_000);
      for (const ping of socket.pings) connection.pong(ping);
      await new Promise((resolve) => setImmediate(resolve));
    }
    store.before = {};
    answer();
    await until(() => connection.backlog.phase === 'live');
    expect(socket.texts).toHaveLength(3);
  });
});

describe('a running global that found no room behind what was pending', () => {
  async function behind() {
    const node = await start('v1', { maxUnconfirmedMessages: 1 });
    const { core, claims, store, clock } = node;
    const first = store.add(TENANT, 'bob', 'pending');
    const global = store.addGlobal(TENANT, 'to all', { expiresAt: clock.now() + 3_600_000 });
    const socket = new FakeSocket();
    const connection = core.connect({ ...claims, recipient: 'bob' }, 'v1', socket);
    await until(() => connection.backlog.phase === 'behind');
    const last = store.add(TENANT, 'bob', 'last');
    connection.backlog.offer({ encoded: new EncodedMessage(last), rowId: last.id });
    return {
      ...node,
      global,
      /** Takes all that comes. */
      async texts() {
        connection.ack([first.id]);
        while (!socket.texts.some((text) => text.includes('"last"'))) {
          await new Promise((resolve) => setImmediate(resolve));
          connection.ack([global.id]);
        }
        return socket.texts.map((text) => JSON.parse(text).message);
      },
    };
  }

  test('is sent once there is room', async () => {
    const { texts } = await behind();
    expect(await texts()).toEqual(['pending', 'to all', 'last']);
  });

  test('is not sent if it was recalled meanwhile, however long ago', async () => {
    const { texts, store } = await behind();
    store.globals[0]!.ended = true;
    expect(await texts()).toEqual(['pending', 'last']);
  });

  test('is not sent if another client of the recipient has confirmed it meanwhile', async () => {
    const { texts, store, global } = await behind();
    await store.recordGlobals([
      { tenantId: TENANT, globalMessageId: global.id, recipient: 'bob', revocation: 0, receipt: { kind: 'ACK', at: 0 } },
    ]);
    expect(await texts()).toEqual(['pending', 'last']);
  });
});

describe('a broadcast that comes while a connection drains', () => {
  const broadcast = async ({ bus, store }: Awaited<ReturnType<typeof start>>) => {
    const message = store.addGlobal(TENANT, 'to all');
    await bus.publish([{ channel: tenantChannel(TENANT), event: { type: 'global', message } }]);
    return message;
  };

  const turn = () => new Promise((resolve) => setImmediate(resolve));

  test('comes before what was pushed after it', async () => {
    const node = await start('plain');
    const { store, socket, connection } = node;
    store.add(TENANT, 'alice', 'pending');
    store.before.pending = async () => {
      delete store.before.pending;
      await broadcast(node);
      await turn();
      await turn();
      store.add(TENANT, 'alice', 'pushed after it');
    };
    connection.backlog.ask();
    await until(() => socket.texts.length === 3);
    expect(socket.texts).toEqual(['pending', 'to all', 'pushed after it']);
  });

  test('does so though it has not been offered to all connections yet', async () => {
    const node = await start('plain');
    const { store, socket, connection } = node;
    store.add(TENANT, 'alice', 'pending');
    store.before.pending = async () => {
      delete store.before.pending;
      const message = store.addGlobal(TENANT, 'to all');
      store.add(TENANT, 'alice', 'pushed after it');
      store.after.pending = async () => {
        delete store.after.pending;
        await node.bus.publish([{ channel: tenantChannel(TENANT), event: { type: 'global', message } }]);
        // It has come then, and is offered in the next turn.
        await turn();
      };
    };
    connection.backlog.ask();
    await until(() => socket.texts.length === 3);
    expect(socket.texts).toEqual(['pending', 'to all', 'pushed after it']);
  });

  test('and finds no room has its row made, and comes with it', async () => {
    const node = await start('v1', { maxUnconfirmedMessages: 1 });
    const { store, socket, connection, timers } = node;
    const pending = store.add(TENANT, 'alice', 'pending');
    store.before.pending = async () => {
      delete store.before.pending;
      await broadcast(node);
      await turn();
      await turn();
      store.add(TENANT, 'alice', 'pushed after it');
    };
    connection.backlog.ask();
    await until(() => connection.backlog.phase === 'behind');
    connection.ack([pending.id]);
    while (socket.texts.length < 3) {
      timers.forward(100);
      connection.ack(socket.texts.map((text) => JSON.parse(text).id));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const texts = socket.texts.map((text) => JSON.parse(text).message);
    expect([...texts].sort()).toEqual(['pending', 'pushed after it', 'to all']);
    expect(texts[0]).toBe('pending');
  });
});

test('what became visible behind the place where a connection ran out of room comes before what was pushed after it', async () => {
  const { socket, store, connection, push } = await start('v1', { maxUnconfirmedMessages: 2 });
  const slow = store.add(TENANT, 'alice', 'committed late');
  store.rows.delete(slow.id);
  const pending = ['first', 'second', 'third'].map((text) => store.add(TENANT, 'alice', text));
  connection.backlog.ask();
  await until(() => connection.backlog.phase === 'behind');
  store.rows.set(slow.id, { ...store.row(pending[0]!)!, rowId: slow.id, message: slow });
  connection.backlog.offer({ encoded: new EncodedMessage(slow), rowId: slow.id });
  await push('pushed after its answer');
  while (socket.texts.length < 5) {
    connection.ack(socket.texts.map((text) => JSON.parse(text).id));
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(socket.texts.map((text) => JSON.parse(text).message)).toEqual([
    'first',
    'second',
    'committed late',
    'third',
    'pushed after its answer',
  ]);
});

describe('a database that is away', () => {
  test('does not make what was recalled meanwhile come from a buffer, however long it is away', async () => {
    const { timers, socket, connection, bus, store, push } = await start('plain', { sweepIntervalMs: 1_000 });
    store.away = true;
    connection.backlog.ask();
    const message = await push('recalled');
    store.row(message)!.status = 'CANCELLED';
    await bus.publish([{ channel: tenantChannel(TENANT), event: { type: 'cancelled', ids: [message.id] } }]);
    for (let s = 0; s < 180; s++) {
      timers.forward(1_000);
      for (const ping of socket.pings) connection.pong(ping);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(connection.backlog.phase).toBe('draining');
    store.away = false;
    timers.forward(3_000);
    await until(() => connection.backlog.phase === 'live');
    await push('after');
    expect(socket.texts).toEqual(['after']);
  });

  test('is asked again for a global that a sweep found too late for a connection that had looked too early', async () => {
    const { timers, socket, store, clock } = await start('plain', { sweepIntervalMs: 1_000 });
    const message = store.addGlobal(TENANT, 'to all', { expiresAt: clock.now() + 3_600_000 });
    let asked = 0;
    store.before.unsentGlobals = () => {
      if (++asked === 1) throw new Error('away');
    };
    timers.forward(1_000);
    await until(() => asked === 1);
    for (let n = 0; n < 50 && socket.texts.length === 0; n++) {
      await new Promise((resolve) => setImmediate(resolve));
      timers.forward(20);
    }
    expect([socket.texts, message.message]).toEqual([['to all'], 'to all']);
  });
});

describe('a database that does not keep up with receipts', () => {
  test.each(['plain', 'v1'] as const)('leaves what comes on a %s connection waiting, to be sent once it has', async (mode) => {
    const { core, store, timers, socket, push, connection } = await start(mode);
    let keepUp = () => {};
    const slow = new Promise<void>((resolve) => {
      keepUp = resolve;
    });
    store.before.settle = () => slow;
    for (let i = 0; i < 250_000; i++) core.receipts.add({ tenantId: TENANT, rowId: `${i}`, kind: 'PONG', at: 0 });
    await push('later');
    timers.forward(5_000);
    expect([socket.texts, connection.backlog.phase]).toEqual([[], 'behind']);
    keepUp();
    await core.receipts.flushed();
    timers.forward(2_000);
    await until(() => socket.texts.length > 0);
    expect(socket.texts.join('').match(/later/g)).toEqual(['later']);
    expect(connection.backlog.phase).toBe('live');
  });
});

describe('time', () => {
  test('an idle connection is pinged within PING_INTERVAL, and cut within PONG_TIMEOUT more: a dead peer within 30 s', async () => {
    const { timers, socket } = await start('plain');
    timers.forward(19_000);
    expect(socket.pings).toHaveLength(0);
    timers.forward(1_000);
    expect(socket.pings).toHaveLength(1);
    timers.forward(9_400);
    expect(socket.closedWith).toBe(null);
    timers.forward(600);
    expect(socket.closedWith).toBe(4408);
    timers.forward(2_400);
    expect(socket.terminated).toBe(true);
  });

  test('a ping that ends a batch is a heartbeat, too', async () => {
    const { timers, socket, push, connection } = await start('plain');
    timers.forward(15_000);
    await push('hello');
    connection.pong(socket.pings[0]!);
    timers.forward(15_000);
    expect(socket.pings).toHaveLength(1);
    timers.forward(5_000);
    expect(socket.pings).toHaveLength(2);
  });

  test('a client of tidings.v1 that leaves a full window without an ack for 60 s is cut', async () => {
    const { timers, socket, push, connection } = await start('v1', { maxUnconfirmedMessages: 2 });
    const pongs = () => {
      for (const ping of socket.pings) connection.pong(ping);
    };
    const first = await push('1');
    await push('2');
    for (let s = 0; s < 50; s++) {
      timers.forward(1_000);
      pongs();
    }
    connection.ack([first.id]);
    await push('3');
    for (let s = 0; s < 59; s++) {
      timers.forward(1_000);
      pongs();
    }
    expect(socket.closedWith).toBe(null);
    timers.forward(1_500);
    expect(socket.closedWith).toBe(4408);
  });

  test('so is one that left too little of it for what comes next, also after an ack', async () => {
    const { timers, socket, push, connection } = await start('v1', { maxUnconfirmedBytes: 1_500 });
    const small = await push('s');
    await push('m'.repeat(900));
    await push('b'.repeat(900));
    connection.ack([small.id]);
    for (let s = 0; s < 59; s++) {
      timers.forward(1_000);
      for (const ping of socket.pings) connection.pong(ping);
    }
    expect(socket.closedWith).toBe(null);
    timers.forward(2_500);
    expect(socket.closedWith).toBe(4408);
  });

  test('not one whose socket had no room for a moment, but whose window has', async () => {
    const { timers, socket, push, connection } = await start('v1');
    await push('unconfirmed');
    socket.bufferedAmount = 100_000;
    await push('waits for the socket');
    socket.makeWritable();
    await until(() => socket.texts.length === 2);
    for (let s = 0; s < 300; s++) {
      timers.forward(1_000);
      for (const ping of socket.pings) connection.pong(ping);
    }
    expect(socket.closedWith).toBe(null);
  });

  test('one whose window is not full may take its time', async () => {
    const { timers, socket, push, connection } = await start('v1', { maxUnconfirmedMessages: 2 });
    await push('1');
    for (let s = 0; s < 300; s++) {
      timers.forward(1_000);
      for (const ping of socket.pings) connection.pong(ping);
    }
    expect(socket.closedWith).toBe(null);
  });
});

describe('a socket that is not read', () => {
  test('gets nothing more until it is', async () => {
    const { socket, push } = await start('plain');
    socket.bufferedAmount = 100_000;
    await push('waits');
    expect(socket.texts).toEqual([]);
    socket.makeWritable();
    await until(() => socket.texts.length === 1);
    expect(socket.texts).toEqual(['waits']);
  });

  test('may ask while much waits for it, but not leave its answers unread', async () => {
    const { socket, connection } = await start('v1');
    const answer = Buffer.alloc(1024, 0x81);
    socket.bufferedAmount = 1_000_000;
    for (let n = 0; n < 64; n++) connection.answer(answer);
    expect(socket.closedWith).toBe(null);
    connection.answer(answer);
    expect(socket.closedWith).toBe(4408);
  });

  test('has read its answers when nothing waits for it', async () => {
    const { socket, connection } = await start('v1');
    const pong = Buffer.from([0x81, 0x00]);
    const answer = Buffer.concat(new Array(512).fill(pong));
    for (let n = 0; n < 100; n++) {
      connection.answer(answer);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect([socket.closedWith, socket.written.length]).toEqual([null, 51_200]);
  });

  test('is cut within a second of the first expiry in its buffer', async () => {
    const { socket, push, timers, clock } = await start('plain');
    socket.bufferedAmount = 1;
    await push('expires late', clock.now() + 9_000);
    await push('expires first', clock.now() + 3_000);
    timers.forward(2_900);
    expect(socket.terminated).toBe(false);
    timers.forward(600);
    expect(socket.terminated).toBe(true);
  });

  test('is not cut for an expiry of what has gone out', async () => {
    const { socket, push, timers, clock, connection } = await start('plain');
    socket.bufferedAmount = 1;
    await push('gone out', clock.now() + 3_000);
    socket.makeWritable();
    connection.pong(socket.pings[0]!);
    await push('buffered, without an expiry');
    socket.bufferedAmount = 1;
    timers.forward(4_000);
    expect(socket.terminated).toBe(false);
  });
});

test('what a connection gathered before its idle ping is not confirmed by it unless it was written', async () => {
  const { socket, timers, store, connection } = await start('plain');
  const message = store.add(TENANT, 'alice', 'gathered');
  connection.backlog.offer({ encoded: new EncodedMessage(message), rowId: message.id });
  timers.forward(20_000);
  expect(socket.written.map((frame) => frame[0])).toEqual([0x81, 0x89]);
});

test('a client that is closed for breaking the rules is not heard any more, others are', async () => {
  for (const [code, ignoring] of [
    [CLOSE.policyViolation, true],
    [CLOSE.goingAway, false],
  ] as const) {
    const { socket, connection } = await start('plain');
    connection.close(code, 'closed');
    expect([socket.closedWith, socket.ignoring]).toEqual([code, ignoring]);
  }
});
