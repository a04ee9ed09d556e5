import type { Socket } from 'node:net';
import type { Attack } from '../attack.js';
import { type Kit, STRANGER } from '../kit.js';
import type { Target } from '../target.js';

const BAD_KEY = `tk_${'a'.repeat(43)}`;
const VERSION = JSON.stringify({ query: '{ version }' });
const DRIP_MS = 50;

/** Is a token of the right form that nobody signed. */
const FORGED = `${['{"alg":"HS256","typ":"JWT"}', '{"iss":"tidings","sub":"somebody"}']
  .map((part) => Buffer.from(part).toString('base64url'))
  .join('.')}.${'a'.repeat(43)}`;

type Port = keyof Pick<Target, 'apiPort' | 'deliveryPort'>;

/** Asks with a key that is not one. */
const asking = (name: string, key: (n: number) => string, body = VERSION, callers = 64): Attack => ({
  name,
  by: 'stranger',
  run: (kit) => kit.flood({ callers, body, key }),
});

/** Holds TCP connections that say something, or nothing. */
const holding = (name: string, port: Port, count: number, talk: (socket: Socket, n: number) => void): Attack => ({
  name,
  by: 'stranger',
  run: (kit) => kit.tcp(kit.target[port], count, talk),
});

/** Asks for WebSockets again and again. */
const handshaking = (name: string, path: string, protocols: readonly string[] = [], headers = {}): Attack => ({
  name,
  by: 'stranger',
  async run(kit: Kit) {
    kit.open({ count: 64, path, protocols, options: { headers, localAddress: STRANGER } });
    await kit.over;
  },
});

function drip(socket: Socket, text: string): void {
  let at = 0;
  const timer = setInterval(() => socket.write(text[at++ % text.length] as string), DRIP_MS);
  socket.once('close', () => clearInterval(timer));
}

const upgrade = (path: string, more = '') =>
  `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${more}\r\n`;
const post = (key: string, length: number) =>
  `POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nx-api-key: ${key}\r\nContent-Length: ${length}\r\n\r\n`;

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const HUGE = `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Much: ${'x'.repeat(256 * 1024)}\r\n\r\n`;
const MANY = `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n${Array.from({ length: 2_000 }, (_, i) => `X-${i}: 1\r\n`).join('')}\r\n`;
const PIPELINE = 'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'.repeat(500);
const MANY_DOTS = '.'.repeat(4_000);

/** Writes the same again and again, as fast as it is taken. */
function pour(socket: Socket, text: string): void {
  const write = () => {
    while (!socket.destroyed && socket.write(text));
  };
  socket.on('drain', write);
  write();
}

export const STRANGERS: readonly Attack[] = [
  asking('wrong key, the same, 64 callers', () => BAD_KEY),
  asking('wrong keys, a new one each, 64 callers', (n) => `tk_${String(n).padStart(43, 'a')}`),
  asking('no key, 64 callers', () => ''),
  asking('wrong key before a body of 1 MiB', () => BAD_KEY, `{"query":"${'x'.repeat(2 ** 20)}"}`, 16),
  holding('API: 1,000 connections that say nothing', 'apiPort', 1_000, () => {}),
  holding('API: 300 heads, dripped', 'apiPort', 300, (socket) => drip(socket, 'GET / HTTP/1.1\r\nHost: x\r\nX: ')),
  holding('API: headers of 256 KiB', 'apiPort', 32, (socket) => socket.write(HUGE)),
  holding('API: 2,000 headers', 'apiPort', 32, (socket) => socket.write(MANY)),
  holding('API: preface of HTTP/2', 'apiPort', 64, (socket) => socket.write(PREFACE)),
  holding('API: pipelined requests', 'apiPort', 16, (socket) => pour(socket, PIPELINE)),
  holding('API: body without a key, dripped', 'apiPort', 300, (socket) => {
    socket.write(post(BAD_KEY, 2 ** 20));
    drip(socket, ' ');
  }),
  holding('delivery: 1,000 connections that say nothing', 'deliveryPort', 1_000, () => {}),
  holding('delivery: 300 heads, dripped', 'deliveryPort', 300, (socket) => drip(socket, upgrade('/?token=x').slice(0, 60))),
  holding('delivery: headers of 256 KiB', 'deliveryPort', 32, (socket) => socket.write(HUGE)),
  holding('delivery: 2,000 headers', 'deliveryPort', 32, (socket) => socket.write(MANY)),
  holding('delivery: preface of HTTP/2', 'deliveryPort', 64, (socket) => socket.write(PREFACE)),
  holding('delivery: pipelined requests', 'deliveryPort', 16, (socket) => pour(socket, PIPELINE)),
  holding('delivery: upgrade to something else', 'deliveryPort', 64, (socket) =>
    socket.write(upgrade('/').replace('websocket', 'h2c')),
  ),
  holding('delivery: upgrade, then silence', 'deliveryPort', 300, (socket) => socket.write(upgrade('/?token=x').slice(0, -2))),
  handshaking('sockets without a token', '/'),
  handshaking('sockets with nonsense for a token', `/?token=${MANY_DOTS}`),
  handshaking('sockets with forged tokens', `/?token=${FORGED}`),
  handshaking('sockets with forged tokens, tidings.v1', `/?token=${FORGED}`, ['tidings.v1']),
  handshaking('sockets with forged tokens in the subprotocol', '/', ['tidings.v1', `tidings.token.${FORGED}`]),
  handshaking('entity events: no token', '/api/websocket/events', [], { origin: 'http://127.0.0.1' }),
  handshaking('table topics: forged tokens', `/live?token=${FORGED}`),
  handshaking('topic paths: forged tokens', `/v1.0/ws?token=${FORGED}`),
  handshaking('object subscriptions: forged tokens', `/ws/rest/WebSocketObjectSubscription/file/*/*/${FORGED}`),
];
