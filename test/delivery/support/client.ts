import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

export interface Frame {
  opcode: number;
  payload: Buffer;
}

export const OP = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface ClientOptions {
  path?: string;
  token?: string;
  protocols?: string[];
  headers?: Record<string, string>;
  /** Answers pings at once, as every WebSocket stack does. Default true. */
  pongs?: boolean;
  /** Answers a close frame, as every WebSocket stack does. Default true. */
  closes?: boolean;
  host?: string;
}

/** A WebSocket client on a bare TCP socket, so that a test says exactly which frames are sent and when. */
export class Client {
  status = 0;
  headers: Record<string, string> = {};
  readonly texts: string[] = [];
  readonly pings: Buffer[] = [];
  closeCode: number | null = null;
  closeReason = '';
  /** The TCP connection is over. */
  gone = false;
  pongs: boolean;
  #closes: boolean;
  #buffer = Buffer.alloc(0);
  #upgraded = false;
  #wakers = new Set<() => void>();

  private constructor(
    readonly tcp: Socket,
    options: ClientOptions,
  ) {
    this.pongs = options.pongs ?? true;
    this.#closes = options.closes ?? true;
    tcp.on('data', (chunk) => {
      this.#buffer = Buffer.concat([this.#buffer, chunk]);
      if (!this.#upgraded) this.#readHead();
      if (this.#upgraded) this.#readFrames();
      this.#wake();
    });
    tcp.on('error', () => {});
    tcp.on('close', () => {
      this.gone = true;
      this.#wake();
    });
  }

  /** Sends a handshake and waits for its answer, whatever it is. */
  static async open(port: number, options: ClientOptions = {}): Promise<Client> {
    const tcp = connect({ port, host: options.host ?? '127.0.0.1' });
    const client = new Client(tcp, options);
    const query = options.token === undefined ? '' : `?token=${options.token}`;
    const headers: Record<string, string> = {
      Host: 'localhost',
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
      ...(options.protocols?.length && { 'Sec-WebSocket-Protocol': options.protocols.join(', ') }),
      ...options.headers,
    };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    tcp.write(`GET ${options.path ?? '/'}${query} HTTP/1.1\r\n${lines.join('')}\r\n`);
    await client.until(() => client.status !== 0 || client.gone);
    return client;
  }

  /** Waits until the condition holds; it is looked at whenever something comes in. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 20);
        const wake = () => {
          clearTimeout(timer);
          this.#wakers.delete(wake);
          resolve();
        };
        this.#wakers.add(wake);
      });
    }
  }

  async received(count: number): Promise<string[]> {
    await this.until(() => this.texts.length >= count || this.gone);
    return this.texts;
  }

  async json(count: number): Promise<Array<Record<string, unknown>>> {
    return (await this.received(count)).map((text) => JSON.parse(text));
  }

  async closed(): Promise<number | null> {
    await this.until(() => this.gone || this.closeCode !== null);
    return this.closeCode;
  }

  send(opcode: number, payload: Buffer | string, { fin = true, masked = true } = {}): void {
    const data = Buffer.from(payload);
    const mask = masked ? randomBytes(4) : Buffer.alloc(0);
    const head = lengthOf(data);
    head[0] = (head[0] as number) | (masked ? 0x80 : 0);
    const body = Buffer.from(data.map((byte, i) => (masked ? byte ^ (mask[i & 3] as number) : byte)));
    this.tcp.write(Buffer.concat([Buffer.from([(fin ? 0x80 : 0) | opcode]), head, mask, body]));
  }

  say(frame: unknown): void {
    this.send(OP.text, JSON.stringify(frame));
  }

  pong(payload: Buffer): void {
    this.send(OP.pong, payload);
  }

  /** Closes as a page does. */
  close(code = 1000): void {
    const payload = Buffer.alloc(2);
    payload.writeUInt16BE(code);
    this.send(OP.close, payload);
  }

  cut(): void {
    this.tcp.destroy();
  }

  #readHead(): void {
    const end = this.#buffer.indexOf('\r\n\r\n');
    if (end === -1) return;
    const [first = '', ...lines] = this.#buffer.subarray(0, end).toString().split('\r\n');
    this.status = Number(first.split(' ')[1]);
    for (const line of lines) {
      const colon = line.indexOf(':');
      this.headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
    }
    this.#buffer = this.#buffer.subarray(end + 4);
    this.#upgraded = this.status === 101;
  }

  #readFrames(): void {
    for (let frame = this.#takeFrame(); frame; frame = this.#takeFrame()) this.#handle(frame);
  }

  #takeFrame(): Frame | null {
    const buffer = this.#buffer;
    if (buffer.length < 2) return null;
    let length = (buffer[1] as number) & 0x7f;
    let offset = 2;
    if (length === 126) {
      if (buffer.length < 4) return null;
      length = buffer.readUInt16BE(2);
      offset = 4;
    } else if (length === 127) {
      if (buffer.length < 10) return null;
      length = Number(buffer.readBigUInt64BE(2));
      offset = 10;
    }
    if (buffer.length < offset + length) return null;
    this.#buffer = buffer.subarray(offset + length);
    return { opcode: (buffer[0] as number) & 0x0f, payload: Buffer.from(buffer.subarray(offset, offset + length)) };
  }

  #handle({ opcode, payload }: Frame): void {
    if (opcode === OP.text) this.texts.push(payload.toString());
    if (opcode === OP.ping) {
      this.pings.push(payload);
      if (this.pongs) this.pong(payload);
    }
    if (opcode === OP.close) {
      this.closeCode = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
      this.closeReason = payload.subarray(2).toString();
      if (this.#closes) this.send(OP.close, payload);
    }
  }

  #wake(): void {
    for (const wake of [...this.#wakers]) wake();
  }
}

/** The length of a payload as a frame has it, without the bit of the mask. */
function lengthOf(payload: Buffer): Buffer {
  if (payload.length < 126) return Buffer.from([payload.length]);
  if (payload.length < 65_536) return Buffer.from([126, payload.length >> 8, payload.length & 255]);
  const bytes = Buffer.alloc(9);
  bytes[0] = 127;
  bytes.writeBigUInt64BE(BigInt(payload.length), 1);
  return bytes;
}
