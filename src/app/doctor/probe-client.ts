import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';

/** Waits at most this long for the answer to a handshake, in milliseconds. */
const HANDSHAKE_MS = 10_000;

/** The answer to a handshake that was refused, or that nobody answered. */
export class HandshakeRefused extends Error {
  override readonly name = 'HandshakeRefused';
  constructor(
    /** HTTP status; null if there was no answer. */
    readonly status: number | null,
    message: string,
  ) {
    super(message);
  }
}

/** One connection as a browser makes it, which can also withhold its pongs. */
export class ProbeClient {
  /** Texts of the frames that have come. */
  readonly messages: string[] = [];
  /** Pings that have come. */
  pings = 0;
  /** With which the connection ended; null while it is open. */
  closeCode: number | null = null;
  readonly #closed: Promise<number>;
  #changed = () => {};

  private constructor(private readonly ws: WebSocket) {
    ws.on('message', (data) => {
      this.messages.push(String(data));
      this.#changed();
    });
    ws.on('ping', () => {
      this.pings++;
    });
    ws.on('error', () => {});
    this.#closed = new Promise((resolve) => {
      ws.on('close', (code) => {
        this.closeCode = code;
        this.#changed();
        resolve(code);
      });
    });
  }

  /** @throws HandshakeRefused */
  static open(uri: string, { answersPings }: { answersPings: boolean }): Promise<ProbeClient> {
    return new Promise((resolve, reject) => {
      const ws = new WebSocket(uri, { autoPong: answersPings, handshakeTimeout: HANDSHAKE_MS, followRedirects: false });
      const probe = new ProbeClient(ws);
      ws.once('open', () => resolve(probe));
      ws.once('unexpected-response', (request, response: IncomingMessage) => {
        request.destroy();
        reject(new HandshakeRefused(response.statusCode ?? null, `the handshake was answered with ${response.statusCode}`));
      });
      ws.once('error', (error) => reject(new HandshakeRefused(null, error.message)));
    });
  }

  /** Address of this machine from which it went out. */
  get localAddress(): string {
    return ((this.ws as unknown as { _socket?: Socket })._socket?.localAddress ?? '').replace(/^::ffff:/, '');
  }

  /** Resolves to whether the text comes within so many milliseconds. */
  async receives(text: string, ms: number): Promise<boolean> {
    const end = Date.now() + ms;
    while (!this.messages.includes(text) && this.closeCode === null && Date.now() < end) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, end - Date.now());
        this.#changed = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.messages.includes(text);
  }

  /** Resolves to the close code if it ends within so many milliseconds, else to null. */
  async endsWithin(ms: number): Promise<number | null> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(() => resolve(null), ms);
    });
    const code = await Promise.race([this.#closed, late]);
    clearTimeout(timer);
    return code;
  }

  close(): void {
    this.ws.terminate();
  }
}
