import { connect, type Socket } from 'node:net';
import { until } from '../../support/index.js';

/** A client that shows the bytes of an answer as they come, and stops to read when it is told to. */
export class RawClient {
  readonly #socket: Socket;
  #text = '';
  isClosed = false;

  constructor(url: string, body: string, headers: Record<string, string> = {}) {
    const { hostname, port, pathname } = new URL(url);
    this.#socket = connect(Number(port), hostname);
    const lines = Object.entries({
      host: 'test',
      accept: 'text/event-stream',
      'content-type': 'application/json',
      ...headers,
      'content-length': String(Buffer.byteLength(body)),
    }).map(([name, value]) => `${name}: ${value}\r\n`);
    this.#socket.write(`POST ${pathname} HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
    this.#socket.setEncoding('utf8').on('data', (data: string) => {
      this.#text += data;
    });
    this.#socket.on('error', () => {});
    this.#socket.on('close', () => {
      this.isClosed = true;
    });
  }

  get status(): number {
    return Number(this.#text.slice(9, 12));
  }

  get headers(): Record<string, string> {
    const [head = ''] = this.#text.split('\r\n\r\n');
    const lines = head.split('\r\n').slice(1);
    return Object.fromEntries(lines.map((line) => [line.split(': ')[0]?.toLowerCase() ?? '', line.split(': ')[1] ?? '']));
  }

  /** The body so far, with its chunks joined. */
  get body(): string {
    const start = this.#text.indexOf('\r\n\r\n');
    if (start === -1) return '';
    const sent = this.#text.slice(start + 4);
    return this.headers['transfer-encoding'] === 'chunked' ? dechunked(sent) : sent;
  }

  /** Blocks of the stream that are whole, comments included. */
  get blocks(): string[] {
    return this.body.split('\n\n').slice(0, -1);
  }

  /** Waits for a text in the body. */
  async sees(text: string): Promise<void> {
    await until(`“${text}” in the stream`, () => this.body.includes(text));
  }

  async closed(): Promise<void> {
    await until('the connection to be closed', () => this.isClosed);
  }

  pause(): void {
    this.#socket.pause();
  }
  resume(): void {
    this.#socket.resume();
  }
  leave(): void {
    this.#socket.destroy();
  }
}

function dechunked(text: string): string {
  const bytes = Buffer.from(text);
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf('\r\n', at);
    const size = end === -1 ? Number.NaN : Number.parseInt(bytes.toString('latin1', at, end), 16);
    if (!(size > 0)) break;
    parts.push(bytes.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
  return Buffer.concat(parts).toString();
}
