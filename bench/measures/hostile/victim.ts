import { setTimeout as delay } from 'node:timers/promises';
import WebSocket from 'ws';
import { CallerPool } from '../../lib/caller-loops.js';
import { GraphqlCaller, pushBody } from '../../lib/graphql-caller.js';
import { percentile } from '../../lib/table.js';

const PUSH_EVERY_MS = 50;
const HANDSHAKE_EVERY_MS = 250;
/** Waits at most this long for what is still under way at the end of a span, in milliseconds. */
const LATE_MS = 20_000;
const TEXT = 'x'.repeat(200);

/** Says what another tenant felt for a time. */
export interface Felt {
  /** Holds milliseconds from the moment a push was due to its frame; Infinity if none came. */
  pushMs: number[];
  /** Holds milliseconds of a handshake. */
  handshakeMs: number[];
  /** Lists what was refused: answers of the API, statuses of handshakes, codes of closes. */
  refused: string[];
}

export const p99 = (values: readonly number[]) => percentile(values, 0.99);

interface Target {
  apiPort: number;
  deliveryPort: number;
  key: string;
  /** Is a token of `recipient`. */
  token: string;
  recipient: string;
}

/** Pushes to one recipient of its own 20 times a second, whatever becomes of the former push, and connects. */
export class Victim {
  readonly #callers: CallerPool;
  readonly #awaited = new Map<string, () => void>();
  #socket: WebSocket | null = null;
  #felt: Felt = { pushMs: [], handshakeMs: [], refused: [] };
  #pushes = 0;

  constructor(private readonly target: Target) {
    this.#callers = new CallerPool(() => new GraphqlCaller(target.apiPort, target.key));
  }

  async connect(): Promise<void> {
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    socket.on('message', (data) => {
      const text = String(data);
      this.#awaited.get(text)?.();
      this.#awaited.delete(text);
    });
    socket.on('close', (code) => {
      if (this.#socket !== socket) return;
      this.#felt.refused.push(`close ${code}`);
      this.connect().catch(() => {});
    });
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  }

  /** Goes on for that long, and waits for what is under way then. */
  async feel(seconds: number): Promise<Felt> {
    const felt: Felt = { pushMs: [], handshakeMs: [], refused: [] };
    this.#felt = felt;
    const began = performance.now();
    const until = began + seconds * 1000;
    const under: Promise<void>[] = [];
    const every = async (ms: number, act: (due: number) => Promise<void>) => {
      for (let due = began; due < until; due += ms) {
        const wait = due - performance.now();
        if (wait > 0) await delay(wait);
        under.push(act(due));
      }
    };
    await Promise.all([
      every(PUSH_EVERY_MS, (due) => this.#push(felt, due)),
      every(HANDSHAKE_EVERY_MS, (due) => this.#handshake(felt, due)),
    ]);
    await Promise.all(under);
    return felt;
  }

  stop(): void {
    this.#callers.close();
    const socket = this.#socket;
    this.#socket = null;
    socket?.terminate();
  }

  get #url(): string {
    return `ws://127.0.0.1:${this.target.deliveryPort}/?token=${this.target.token}`;
  }

  async #push(felt: Felt, due: number): Promise<void> {
    const text = `${this.#pushes++} ${TEXT}`;
    const arrived = new Promise<void>((resolve) => this.#awaited.set(text, resolve));
    try {
      const { status, body } = await this.#callers.post(pushBody([this.target.recipient], text));
      const code = /"code":"([A-Z_]+)"/.exec(body)?.[1];
      if (status !== 200 || code) {
        felt.refused.push(`push ${status} ${code ?? ''}`);
        this.#awaited.delete(text);
        return;
      }
    } catch {
      felt.refused.push('push: closed');
      this.#awaited.delete(text);
      return;
    }
    const late = setTimeout(() => this.#awaited.get(text)?.(), LATE_MS);
    await arrived;
    clearTimeout(late);
    felt.pushMs.push(this.#awaited.delete(text) ? Number.POSITIVE_INFINITY : performance.now() - due);
  }

  #handshake(felt: Felt, due: number): Promise<void> {
    return new Promise((resolve) => {
      const socket = new WebSocket(this.#url, { handshakeTimeout: LATE_MS });
      socket.on('unexpected-response', (request, { statusCode }) => {
        felt.refused.push(`handshake ${statusCode}`);
        request.destroy();
        resolve();
      });
      socket.on('error', (error) => {
        felt.refused.push(`handshake: ${error.message}`);
        resolve();
      });
      socket.on('open', () => {
        felt.handshakeMs.push(performance.now() - due);
        resolve();
        socket.close();
      });
    });
  }
}
