// Many pages in one process, on bare sockets: live-pages.mjs PORT CONNECTIONS EXTRA. Each follows five topics and EXTRA ones that never
// match. Commands: `mark` forgets what was counted, `expect N` answers when N events have come.
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
  // A mask of zeros is a mask, too.
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

function open(i) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let kept = Buffer.alloc(0);
    let upgraded = false;
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`connection ${i} was closed`)));
    socket.write(
      `GET /?token=page-${i} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Protocol: tidings.v1\r\n\r\n`,
    );
    socket.on('data', (chunk) => {
      kept = kept.length ? Buffer.concat([kept, chunk]) : chunk;
      if (!upgraded) {
        const end = kept.indexOf('\r\n\r\n');
        if (end === -1) return;
        if (!kept.subarray(0, 12).toString().endsWith('101')) return reject(new Error(kept.toString()));
        upgraded = true;
        kept = kept.subarray(end + 4);
        socket.write(Buffer.concat(subscriptions(i)));
        resolve();
      }
      for (;;) {
        if (kept.length < 2) return;
        let length = kept[1] & 127;
        let at = 2;
        if (length === 126) {
          if (kept.length < 4) return;
          length = kept.readUInt16BE(2);
          at = 4;
        }
        if (kept.length < at + length) return;
        const payload = kept.subarray(at, at + length);
        const opcode = kept[0] & 15;
        if (opcode === 1) receive(payload.toString());
        else if (opcode === 9) socket.write(Buffer.concat([Buffer.from([0x8a, 0x80 | length]), Buffer.alloc(4), payload]));
        kept = kept.subarray(at + length);
      }
    });
  });
}

let next = 0;
const worker = async () => {
  while (next < connections) await open(next++);
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
