import { type ChildProcess, fork } from 'node:child_process';
import { bundle, exited, leash, until } from '../../support/index.js';
import type { Ledger } from './ledger.js';

export interface ClientSpec {
  recipient: string;
  token: string;
  /** Chooses the mode. Default plain. */
  mode?: 'plain' | 'tidings.v1';
}

export type ClientsCommand =
  | { type: 'start'; clients: readonly ClientSpec[]; urls: readonly string[]; localAddress: string | undefined }
  | { type: 'cut'; awayMs: number }
  | { type: 'read'; reading: boolean }
  | { type: 'read-chunk' }
  | { type: 'stats' };

export interface ClientsStats {
  open: number;
  /** Holds when each client's connections opened, by the clock that all processes share, in milliseconds. */
  openedAt: number[][];
  /** Holds the seconds of Retry-After in refusals. */
  retryAfter: number[];
  refusals: Record<string, number>;
  closes: Record<string, number>;
}

export type ClientsReport =
  | { type: 'frames'; frames: Array<[connection: string, recipient: string, text: string, at: number]> }
  | ({ type: 'stats' } & ClientsStats);

export interface GroupOptions {
  clients: readonly ClientSpec[];
  /** Lists base URLs of delivery nodes. */
  urls: readonly string[];
  ledger: Pick<Ledger, 'received'>;
  localAddress?: string;
}

/** Is the offset of `performance.now()` to the clock that all processes share. */
const offset = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/**
 * Runs clients in their own process; their frames come into this process's ledger with their time of
 * arrival.
 */
export class ClientGroup {
  #waiting: Array<(stats: ClientsStats) => void> = [];

  private constructor(
    private readonly child: ChildProcess,
    ledger: Pick<Ledger, 'received'>,
  ) {
    child.on('message', (report: ClientsReport) => {
      if (report.type === 'stats') this.#waiting.shift()?.({ ...report, openedAt: report.openedAt.map(toOwnClock) });
      else
        for (const [connection, recipient, text, at] of report.frames) ledger.received(connection, recipient, text, at - offset);
    });
  }

  /** Starts the process, whose clients begin to connect. */
  static async start({ clients, urls, ledger, localAddress }: GroupOptions): Promise<ClientGroup> {
    const child = leash(fork(await bundle('test/faults/lib/client-process.ts'), { execArgv: [], detached: true }));
    const group = new ClientGroup(child, ledger);
    group.#send({ type: 'start', clients, urls, localAddress });
    return group;
  }

  async stats(): Promise<ClientsStats> {
    const answer = new Promise<ClientsStats>((resolve) => this.#waiting.push(resolve));
    this.#send({ type: 'stats' });
    return answer;
  }

  /** Waits until that many clients are open. */
  async opened(count: number, timeoutMs = 60_000): Promise<void> {
    await until(`${count} clients to be connected`, async () => (await this.stats()).open >= count, timeoutMs);
  }

  /** Ends every TCP connection without a close frame; the clients come back after this long. */
  cut(awayMs: number): void {
    this.#send({ type: 'cut', awayMs });
  }

  /** Has the clients stop reading, or read again. */
  read(reading: boolean): void {
    this.#send({ type: 'read', reading });
  }

  /** Has each client that does not read now read 64 KiB at most. */
  readChunk(): void {
    this.#send({ type: 'read-chunk' });
  }

  freeze(): void {
    this.child.kill('SIGSTOP');
  }

  thaw(): void {
    this.child.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    this.child.kill('SIGKILL');
    await exited(this.child);
  }

  #send(command: ClientsCommand): void {
    this.child.send(command);
  }
}

const toOwnClock = (times: readonly number[]): number[] => times.map((at) => at - offset);
