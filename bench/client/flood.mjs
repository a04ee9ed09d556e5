/**
 * `node flood.mjs PORTS API_KEY CALLERS`: posts the bodies from standard input (a JSON array) in turn, again
 * and again, on that many connections, spread over the ports, until SIGTERM. Prints a line when the first answer
 * came, and at the end the number of answers. Its own process keeps reading of megabytes from delaying a measure.
 */
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

const [ports, apiKey, callers] = process.argv.slice(2);
const bodies = JSON.parse(await text(process.stdin));
const head = `POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nx-api-key: ${apiKey}\r\n`;
const requests = bodies.map((body) => Buffer.from(`${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`));

let over = false;
let calls = 0;
let next = 0;
let busy = Number(callers);

function fail(reason) {
  process.stderr.write(`Error: the flood ended: ${reason}\n`);
  process.exit(1);
}

function call(port) {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  /** Counts the missing bytes of the current answer; null before its head. */
  let missing = null;
  const send = () => socket.write(requests[next++ % requests.length]);
  socket.on('data', (chunk) => {
    if (missing === null) {
      const begin = chunk.toString('latin1', 0, 2_000);
      const end = begin.indexOf('\r\n\r\n');
      const length = /content-length: (\d+)/i.exec(begin)?.[1];
      if (!begin.startsWith('HTTP/1.1 200') || length === undefined || /"errors"|"error":{/.test(begin))
        fail(begin.slice(0, 300));
      missing = end + 4 + Number(length);
    }
    missing -= chunk.length;
    if (missing > 0) return;
    missing = null;
    if (calls++ === 0) process.stdout.write('begun\n');
    if (!over) send();
    else if (--busy === 0) process.stdout.write(String(calls), () => process.exit(0));
  });
  socket.on('close', () => fail('the API closed the connection'));
  socket.on('error', () => {});
  send();
}

process.on('SIGTERM', () => {
  over = true;
});
const targets = ports.split(',').map(Number);
for (let i = 0; i < Number(callers); i++) call(targets[i % targets.length]);
