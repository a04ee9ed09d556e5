// Opens many pages in one process, on bare sockets: live-pages.mjs PORT CONNECTIONS EXTRA. Each follows
// five topics and EXTRA ones that never match. Commands: `mark` forgets what was counted, `expect N`
// answers when N events have come.
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

const [port, connections, extra] = process.argv.slice(2).map(Number);
let events = 0;
let expected = 0;
let answers = 0;
let latencies = [];
const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);

function frame(text) {
  const data = Buffer.from(text);
  const head =
    data.length < 126 ? Buffer.from([0x81, 0x80 | data.length]) : Buffer.from([0x81, 0xfe, data.length >> 8, data.length & 255]);
  // A mask of zeros is valid.
  return Buffer.concat([head, Buffer.alloc(4), data]);
}

function subscriptions(i) {
  const subscribe = (id, topics, more = {}) => frame(JSON.stringify({ type: 'subscribe', id, topics, ...more }));
  const frames = [
    subscribe('1', [`item:${i}`]),
    subscribe('2', [`room:${i % Math.max(1, Math.floor(connections / 10))}`], { fields: ['text', 'at'] }),
    subscribe('3', ['ticket'], { where: { owner: i }, events: ['update'] }),
    subscribe('4', [`board:*:${i}`]),
    subscribe('5', [`quiet:${i}`]),
  ];
  for (let k = 0; k < extra; k++)
    frames.push(k % 2 ? subscribe('x', ['ticket'], { where: { owner: `${i} ${k}` } }) : subscribe('x', [`never:${i}:${k}`]));
  return frames;
}

function receive(text) {
  const { type, data } = JSON.parse(text);
  if (type === 'ok') answers++;
  if (type === 'error') throw new Error(text);
  if (type !== 'event') return;
  events++;
  if (data.at) latencies.push(Date.now() - data.at);
  if (events === expected) report('reached');
}

function report(event) {
  latencies.sort((a, b) => a - b);
  const at = (q) => latencies[Math.min(latencies.length - 1, Math.floor(q * latencies.length))];
  say({ event, events, p50: at(0.5), p99: at(0.99), max: latencies.at(-1) });
}

/**
 * Reads the first frame, or returns null if it is incomplete. The server's frames have no mask and less
 * than 64 KiB.
 */
function frameIn(bytes) {
  if (bytes.length < 2) return null;
  const short = bytes[1] & 127;
  const at = short === 126 ? 4 : 2;
  if (bytes.length < at) return null;
  const end = at + (short === 126 ? bytes.readUInt16BE(2) : short);
  return bytes.length < end ? null : { opcode: bytes[0] & 15, payload: bytes.subarray(at, end), end };
}

const pong = (payload) => Buffer.concat([Buffer.from([0x8a, 0x80 | payload.length]), Buffer.alloc(4), payload]);
const UPGRADE = [
  'Host: x',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Protocol: tidings.v1',
];

/** Opens a connection as a page does, and keeps the bytes of an incomplete frame. */
class Page {
  #socket = connect(port, '127.0.0.1');
  #kept = Buffer.alloc(0);
  #upgraded = false;

  constructor(number) {
    this.number = number;
    this.opened = new Promise((resolve, reject) => {
      this.#socket.on('error', reject);
      this.#socket.on('close', () => reject(new Error(`connection ${number} was closed`)));
      this.#socket.on('data', (chunk) => {
        this.#kept = this.#kept.length ? Buffer.concat([this.#kept, chunk]) : chunk;
        if (!this.#upgraded) this.#readAnswer(resolve, reject);
        if (this.#upgraded) this.#readFrames();
      });
    });
    const key = `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`;
    this.#socket.write([`GET /?token=page-${number} HTTP/1.1`, ...UPGRADE, key, '', ''].join('\r\n'));
  }

  #readAnswer(resolve, reject) {
    const end = this.#kept.indexOf('\r\n\r\n');
    if (end === -1) return;
    if (!this.#kept.subarray(0, 12).toString().endsWith('101')) return reject(new Error(this.#kept.toString()));
    this.#upgraded = true;
    this.#kept = this.#kept.subarray(end + 4);
    this.#socket.write(Buffer.concat(subscriptions(this.number)));
    resolve();
  }

  #readFrames() {
    for (let frame = frameIn(this.#kept); frame; frame = frameIn(this.#kept)) {
      if (frame.opcode === 1) receive(frame.payload.toString());
      else if (frame.opcode === 9) this.#socket.write(pong(frame.payload));
      this.#kept = this.#kept.subarray(frame.end);
    }
  }
}

let next = 0;
const worker = async () => {
  while (next < connections) await new Page(next++).opened;
};
await Promise.all(Array.from({ length: 50 }, worker));
while (answers < connections * (5 + extra)) await new Promise((resolve) => setTimeout(resolve, 20));
say({ event: 'connected' });
for await (const line of createInterface({ input: process.stdin })) {
  const [command, count] = line.split(' ');
  if (command === 'mark') {
    events = 0;
    expected = 0;
    latencies = [];
    say({ event: 'marked' });
  } else if (command === 'expect') {
    expected = Number(count);
    if (events >= expected) report('reached');
  } else if (command === 'quit') process.exit(0);
}
