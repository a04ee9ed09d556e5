/**
 * `node flood.mjs PORT API_KEY`: posts the body from standard input again and again on one connection until
 * SIGTERM, then prints the number of answers. Its own process keeps reading of megabytes from delaying a
 * measure.
 */
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

const [port, apiKey] = process.argv.slice(2);
const body = await text(process.stdin);
const head = `POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nx-api-key: ${apiKey}\r\n`;
const request = Buffer.from(`${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);

const socket = connect({ port: Number(port), host: '127.0.0.1', noDelay: true });
let over = false;
let calls = 0;
/** Counts the missing bytes of the current answer; null before its head. */
let missing = null;

function fail(reason) {
  process.stderr.write(`Error: the flood ended: ${reason}\n`);
  process.exit(1);
}

socket.on('data', (chunk) => {
  if (missing === null) {
    const begin = chunk.toString('latin1', 0, 2_000);
    const end = begin.indexOf('\r\n\r\n');
    const length = /content-length: (\d+)/i.exec(begin)?.[1];
    if (!begin.startsWith('HTTP/1.1 200') || length === undefined || /"errors"|"error":{/.test(begin)) fail(begin.slice(0, 300));
    missing = end + 4 + Number(length);
  }
  missing -= chunk.length;
  if (missing > 0) return;
  missing = null;
  calls++;
  if (!over) socket.write(request);
  else process.stdout.write(String(calls), () => process.exit(0));
});
socket.on('close', () => fail('the API closed the connection'));
socket.on('error', () => {});
process.on('SIGTERM', () => {
  over = true;
});
socket.write(request);
