import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { exited, freePort, leash, until } from '../../support/index.js';

const PROGRAM = fileURLToPath(new URL('../../../bin/tidings.mjs', import.meta.url));
/** Waits at most this long for a node on a busy machine, in milliseconds. */
const READY_MS = 60_000;
const LINES_KEPT = 200;

export type Role = 'api' | 'delivery';

/** Runs a node in its own process, on a port that it keeps over restarts. */
export class FaultNode {
  #child: ChildProcess | null = null;
  #lines: string[] = [];

  private constructor(
    readonly role: Role,
    readonly port: number,
    private readonly env: Readonly<Record<string, string>>,
    private readonly program: readonly string[],
  ) {}

  /**
   * @param env variables of the node, beside its port
   * @param program what node runs: another build of the service may be given
   */
  static async start(
    role: Role,
    env: Readonly<Record<string, string>>,
    program: readonly string[] = [PROGRAM],
  ): Promise<FaultNode> {
    const node = new FaultNode(role, await freePort(), env, program);
    await node.restart();
    return node;
  }

  /** Returns its URL without a path; `ws://` for a delivery node. */
  get url(): string {
    return `${this.role === 'api' ? 'http' : 'ws'}://127.0.0.1:${this.port}`;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get isRunning(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Returns the last lines of its output. */
  get output(): string {
    return this.#lines.join('\n');
  }

  async restart(env: Readonly<Record<string, string>> = {}, program: readonly string[] = this.program): Promise<void> {
    if (this.isRunning) throw new Error('the node runs');
    const child = spawn(process.execPath, [...program, this.role], {
      env: {
        PATH: process.env.PATH,
        METRICS: 'public',
        ...this.env,
        ...env,
        HOST: '127.0.0.1',
        [this.role === 'api' ? 'API_PORT' : 'DELIVERY_PORT']: String(this.port),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.#child = leash(child);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#lines = [...this.#lines, ...text.trimEnd().split('\n')].slice(-LINES_KEPT);
      });
    }
    try {
      await until(
        `the ${this.role} node to be ready`,
        async () => {
          if (!this.isRunning) throw new Error(`the ${this.role} node ended`);
          return (await this.readiness()) === 200;
        },
        READY_MS,
      );
    } catch (error) {
      await this.kill();
      throw new Error(`${error instanceof Error ? error.message : error}; it wrote:\n${this.output}`);
    }
  }

  /** Returns the status of /readyz, or null if nothing answers. */
  async readiness(): Promise<number | null> {
    return (await this.readyz())?.status ?? null;
  }

  /** Reads /readyz; null if nothing answers. */
  readyz(): Promise<{ status: number; degraded: readonly string[] } | null> {
    return fetch(`http://127.0.0.1:${this.port}/readyz`, { signal: AbortSignal.timeout(2000) }).then(
      async (response) => {
        const { degraded = [] } = (await response.json()) as { degraded?: string[] };
        return { status: response.status, degraded };
      },
      () => null,
    );
  }

  /** Ends it by SIGKILL. */
  async kill(): Promise<void> {
    await this.#signal('SIGKILL');
  }

  /** Ends it by SIGTERM; returns the exit status and how long it took, in milliseconds. */
  async terminate(): Promise<{ status: number | null; ms: number }> {
    const begun = performance.now();
    await this.#signal('SIGTERM');
    return { status: this.#child?.exitCode ?? null, ms: performance.now() - begun };
  }

  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  async #signal(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    if (!this.#child || !this.isRunning) return;
    this.#child.kill(signal);
    await exited(this.#child);
  }
}
