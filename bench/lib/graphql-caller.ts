import { connect, type Socket } from 'node:net';

export interface Answer {
  status: number;
  body: string;
}

/**
 * Posts GraphQL requests one after another on one keep-alive HTTP connection, with as little overhead as
 * possible: the load side must be far cheaper than the server.
 */
export class GraphqlCaller {
  readonly #socket: Socket;
  readonly #requestHead: string;
  #received = '';
  /** Counts the bytes of the response's head, and of all of it; 0 before the head has come. */
  #head = 0;
  #total = 0;
  #answer: ((answer: Answer) => void) | null = null;
  #fail: ((error: Error) => void) | null = null;

  /** @param localAddress of its connection; loopback as the kernel chooses by default */
  constructor(port: number, apiKey: string, localAddress?: string) {
    this.#requestHead = `POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nx-api-key: ${apiKey}\r\nContent-Length: `;
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true, ...(localAddress && { localAddress }) });
    this.#socket.setEncoding('latin1');
    this.#socket.on('data', (chunk: unknown) => this.#read(chunk as string));
    this.#socket.on('close', () => this.#fail?.(new Error('the API closed the connection')));
    this.#socket.on('error', () => {});
  }

  post(body: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#answer = resolve;
      this.#fail = reject;
      // An API node closes connections that are idle for longer than 75 s.
      if (this.#socket.destroyed) return reject(new Error('the API has closed the connection'));
      this.#socket.write(`${this.#requestHead}${Buffer.byteLength(body)}\r\n\r\n${body}`);
    });
  }

  /** True once the API has closed the connection. */
  get closed(): boolean {
    return this.#socket.destroyed;
  }

  close(): void {
    this.#fail = null;
    this.#socket.destroy();
  }

  #read(chunk: string): void {
    this.#received += chunk;
    // The head is searched once: in a response of a megabyte, more searches would take as long as the
    // server took.
    if (this.#total === 0) {
      const end = this.#received.indexOf('\r\n\r\n');
      if (end < 0) return;
      const length = /content-length: (\d+)/i.exec(this.#received.slice(0, end))?.[1];
      this.#head = end + 4;
      this.#total = end + 4 + Number(length ?? 0);
    }
    if (this.#received.length < this.#total) return;
    const answer = { status: Number(this.#received.slice(9, 12)), body: this.#received.slice(this.#head, this.#total) };
    this.#received = this.#received.slice(this.#total);
    this.#total = 0;
    this.#fail = null;
    this.#answer?.(answer);
  }
}

const PUSH = 'mutation($input:MessageInput!){pushMessage(input:$input){index item{id} error{code}}}';
const PUSH_GLOBAL = 'mutation($input:GlobalMessageInput!){pushGlobalMessage(input:$input){id}}';

export const pushBody = (recipients: readonly string[], message: string) =>
  JSON.stringify({ query: PUSH, variables: { input: { recipients, message } } });

export const pushGlobalBody = (message: string, expiresAt?: string) =>
  JSON.stringify({ query: PUSH_GLOBAL, variables: { input: { message, expiresAt } } });

/** Returns microseconds since 1970, as the load client counts them. */
export const nowUs = () => Math.round((performance.timeOrigin + performance.now()) * 1000);
