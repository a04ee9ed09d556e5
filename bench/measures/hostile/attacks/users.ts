import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { v7 } from 'uuid';
import type WebSocket from 'ws';
import type { Attack } from '../attack.js';
import type { Kit } from '../kit.js';
import { publishBody, pushTo } from './bodies.js';

const V1 = ['tidings.v1'];

interface Talk {
  sockets?: number;
  protocols?: readonly string[];
  granted?: boolean;
  perSecond?: number;
}

/** Sends the same kind of frame on sockets with a token. */
const talking = (
  name: string,
  frame: (n: number, socket: WebSocket) => void,
  { sockets = 20, protocols = V1, granted = false, perSecond }: Talk = {},
): Attack => ({
  name,
  by: 'user',
  run: (kit) => kit.send(kit.open({ count: sockets, path: withToken(kit, granted), protocols }), frame, perSecond),
});

const withToken = ({ target }: Kit, granted: boolean) => {
  const tokens = granted ? target.tokens.granted : target.tokens.bare;
  return (n: number) => `/?token=${tokens[n % tokens.length]}`;
};

const say = (object: object) => (n: number, socket: WebSocket) => socket.send(JSON.stringify({ id: String(n), ...object }));
const text = (content: string | Buffer) => (_: number, socket: WebSocket) => socket.send(content);

/** Holds patterns whose program is as large as a condition's text allows. */
const HEAVY = `topic.matches("${'.{1000}'.repeat(120)}")`;
const NESTED = 'data.a.all(x, data.a.all(y, data.a.all(z, x + y + z >= 0)))';
const UNKNOWN_IDS = Array.from({ length: 1_500 }, () => v7());
const DEEP = `${'['.repeat(30_000)}`;

/** Pushes to the recipients of these tokens, who take or confirm nothing. */
async function pushMeanwhile(kit: Kit, recipients: readonly string[], characters: number): Promise<void> {
  while (!kit.isOver) {
    await kit.ask(pushTo(recipients, 'x'.repeat(characters)));
    await delay(20);
  }
}

const NAMES = Array.from({ length: 100 }, (_, n) => `user-${n}`);

export const USERS: readonly Attack[] = [
  talking('plain: small frames', text('x'), { protocols: [] }),
  talking('plain: frames of 4 KiB', text('x'.repeat(4_096)), { protocols: [] }),
  talking('plain: frames of 64 KiB', text('x'.repeat(65_536)), { protocols: [] }),
  talking('plain: frames of 1 MiB', text('x'.repeat(2 ** 20)), { protocols: [] }),
  talking('plain: binary frames', text(randomBytes(1_000)), { protocols: [] }),
  talking('plain: pings', (_, socket) => socket.ping('x'), { protocols: [] }),
  talking('plain: pongs that nobody asked for', (_, socket) => socket.pong('12345678'), { protocols: [] }),
  talking('plain: fragments of one byte', (n, socket) => socket.send('x', { fin: n % 60 === 59 }), { protocols: [] }),
  talking('plain: broken frames', (_, socket) => void tcpOf(socket)?.write(Buffer.from([0xff, 0x80, 0, 0, 0, 0])), {
    protocols: [],
  }),
  talking('v1: acks of an unknown id', (_, socket) => socket.send(`{"type":"ack","ids":["${UNKNOWN_IDS[0]}"]}`)),
  talking('v1: acks of 1,500 unknown ids', text(JSON.stringify({ type: 'ack', ids: UNKNOWN_IDS })), { perSecond: 200 }),
  talking('v1: pings', text('{"type":"ping"}')),
  talking('v1: no JSON', text('}')),
  talking('v1: JSON 30,000 levels deep', text(DEEP), { perSecond: 200 }),
  talking('v1: binary frames', text(randomBytes(1_000))),
  talking('v1: an unknown type', say({ type: 'what' })),
  talking('v1: subscribe without grants', say({ type: 'subscribe', topics: ['x'] })),
  talking('v1: a heavy condition without grants', say({ type: 'subscribe', topics: ['x'], condition: HEAVY })),
  talking('v1: a heavy condition with grants', say({ type: 'subscribe', topics: ['x'], condition: HEAVY }), { granted: true }),
  talking(
    'v1: a new condition each time',
    (n, socket) => say({ type: 'subscribe', topics: ['x'], condition: `topic.matches("${n}.{10}(a|b)*")` })(n, socket),
    { granted: true },
  ),
  talking(
    'v1: subscribe and unsubscribe',
    (n, socket) => say({ type: n % 2 ? 'unsubscribe' : 'subscribe', topics: ['a:b'] })(n, socket),
    {
      granted: true,
    },
  ),
  talking('v1: filters of 4 KiB', say({ type: 'subscribe', topics: ['x'], where: { a: 'x'.repeat(4_000) } }), { granted: true }),
  talking('v1: 100 patterns a frame', say({ type: 'subscribe', topics: Array.from({ length: 100 }, (_, n) => `t:${n}:*:x`) }), {
    granted: true,
  }),
  talking('v1: list-topics', say({ type: 'list-topics' }), { granted: true }),
  talking(
    'v1: create-topic and destroy-topic',
    (n, socket) => say({ type: n % 2 ? 'destroy-topic' : 'create-topic', name: 'a:b' })(n, socket),
    {
      granted: true,
    },
  ),
  talking('v1: publish', say({ type: 'publish', topic: 'a:b', data: { a: 'x'.repeat(10_000) } }), { granted: true }),
  {
    name: 'v1: 32 nested conditions on each of 20 sockets',
    by: 'user',
    async run(kit) {
      const sockets = kit.open({ count: 20, path: withToken(kit, true), protocols: V1 });
      for (const socket of sockets) {
        socket.on('open', () => {
          for (let i = 0; i < 32; i++)
            say({ type: 'subscribe', topics: [`n:${i}`, 'n'], condition: `${NESTED} || ${i} == -1` })(i, socket);
        });
      }
      const data = { a: Array.from({ length: 40 }, (_, i) => i) };
      await kit.flood({ callers: 4, body: publishBody(10, 'n:1', data) });
    },
  },
  {
    name: 'v1: catch-up after an old event, 150 clients',
    by: 'user',
    async prepare(kit) {
      const { body } = await kit.ask(publishBody(1, 'first', {}));
      kit.target.after = /"id":"([^"]+)"/.exec(body)?.[1] ?? '';
      for (let i = 0; i < 8 * kit.target.scale; i++) await kit.ask(publishBody(1_000, `other:${i}`, { a: 'x'.repeat(500) }));
    },
    async run(kit) {
      const sockets = kit.open({ count: 150, path: withToken(kit, true), protocols: V1 });
      await kit.send(sockets, say({ type: 'subscribe', topics: ['mine'], after: kit.target.after }), 1);
    },
  },
  {
    name: "one token's 1,200 sockets",
    by: 'user',
    async run(kit) {
      kit.open({ count: 1_200, path: () => `/?token=${kit.target.tokens.bare[0]}` });
      await kit.over;
    },
  },
  {
    name: "150 tokens' 1,200 sockets",
    by: 'user',
    async run(kit) {
      kit.open({ count: 1_200, path: withToken(kit, false) });
      await kit.over;
    },
  },
  {
    name: 'connects that end at once, 64 at a time',
    by: 'user',
    async run(kit) {
      const path = withToken(kit, false);
      for (let n = 0; n < 64; n++) kit.open({ count: 1, path: () => path(n), protocols: V1 })[0]?.on('open', endNow);
      await kit.over;
      function endNow(this: WebSocket): void {
        this.terminate();
      }
    },
  },
  {
    name: 'pongs withheld with full windows, 100 clients',
    by: 'user',
    async run(kit) {
      kit.open({ count: 100, path: withToken(kit, false), options: { autoPong: false } });
      await pushMeanwhile(kit, NAMES, 2_000);
    },
  },
  {
    name: 'slow readers of 64 KiB texts, 100 clients',
    by: 'user',
    async run(kit) {
      for (const socket of kit.open({ count: 100, path: withToken(kit, false) })) socket.on('open', () => socket.pause());
      await pushMeanwhile(kit, NAMES, 60_000);
    },
  },
  {
    name: 'slow readers of live events, 100 clients',
    by: 'user',
    async run(kit) {
      for (const socket of kit.open({ count: 100, path: withToken(kit, true), protocols: V1 })) {
        socket.on('open', () => {
          say({ type: 'subscribe', topics: ['slow'] })(0, socket);
          socket.pause();
        });
      }
      await kit.flood({ callers: 2, body: publishBody(10, 'slow', { a: 'x'.repeat(20_000) }) });
    },
  },
];

/** Returns the TCP socket below, to write what no library would. */
const tcpOf = (socket: WebSocket) => (socket as unknown as { _socket?: { write(bytes: Buffer): void } })._socket;
