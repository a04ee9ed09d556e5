import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DocumentNode, print } from 'graphql';
import { leash } from './leash.js';
import { copyEmptyCluster } from './postgres.js';
import { exited, freePort, until } from './process.js';

const PROGRAM = fileURLToPath(new URL('../../bin/tidings.mjs', import.meta.url));

/**
 * Runs `tidings serve` as a user does: in its own process, on embedded parts, with its own data folder.
 */
export class Product {
  #child: ChildProcess | null = null;
  #output = '';

  constructor(
    readonly apiUrl: string,
    readonly deliveryUrl: string,
    readonly apiKey: string,
    readonly dataDir: string,
    private readonly env: Record<string, string>,
  ) {}

  /**
   * Starts the product; resolves when both nodes are ready. After `terminate` or `kill` it keeps ports, key
   * and data.
   */
  async restart(): Promise<void> {
    const child = spawn(process.execPath, [PROGRAM, 'serve'], {
      env: { PATH: process.env.PATH ?? '', METRICS: 'public', ...this.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // Its own process group lets `kill` reach all of it.
      detached: true,
    });
    this.#child = leash(child, { folder: this.dataDir });
    this.#output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
      });
    }
    await until(
      'both nodes to be ready',
      async () => {
        if (child.exitCode !== null) throw new Error(`tidings serve ended with ${child.exitCode}:\n${this.#output}`);
        return (await isReady(new URL('/readyz', this.apiUrl))) && (await isReady(new URL('/readyz', this.deliveryUrl)));
      },
      30_000,
    ).catch((error: Error) => {
      throw new Error(`${error.message}\n${this.#output}`);
    });
  }

  /** Returns everything that it has printed since its start. */
  get output(): string {
    return this.#output;
  }

  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error('not running');
    return this.#child.pid;
  }

  /** Ends it by SIGTERM, as a service manager does. */
  async terminate(): Promise<void> {
    await this.#end(() => this.#child?.kill('SIGTERM'));
  }

  /** Ends its process group by SIGKILL. */
  async kill(): Promise<void> {
    await this.#end(() => process.kill(-this.pid, 'SIGKILL'));
  }

  /** Ends it and removes its data. */
  async stop(): Promise<void> {
    await this.terminate();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  /** Calls the API and returns the data; throws its errors. */
  async ask<Data>(document: DocumentNode, variables: object = {}): Promise<Data> {
    const response = await fetch(this.apiUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': this.apiKey },
      body: JSON.stringify({ query: print(document), variables }),
    });
    const { data, errors } = (await response.json()) as { data: Data; errors?: Array<{ message: string }> };
    if (errors) throw new Error(errors.map((error) => error.message).join('; '));
    return data;
  }

  /** Reads a counter or gauge without labels from `/metrics` of the delivery node. */
  async metric(name: string): Promise<number> {
    const metrics = await (await fetch(`${this.deliveryUrl.replace('ws:', 'http:')}/metrics`)).text();
    return Number(new RegExp(`^tidings_${name} (\\d+)$`, 'm').exec(metrics)?.[1]);
  }

  async #end(signal: () => void): Promise<void> {
    const child = this.#child;
    if (!child) return;
    if (child.exitCode === null && child.signalCode === null) signal();
    await exited(child);
    this.#child = null;
  }
}

/** @param env settings beside those that give the product ports, a key and a folder of its own */
export async function startServe(env: Record<string, string> = {}): Promise<Product> {
  const [api, delivery] = [await freePort(), await freePort()];
  const apiKey = `tk_${randomBytes(32).toString('base64url')}`;
  const dataDir = await mkdtemp(join(tmpdir(), 'tidings-product-'));
  // The embedded database runs as another user, who must be able to enter.
  await chmod(dataDir, 0o755);
  await copyEmptyCluster(join(dataDir, 'postgres'));
  const product = new Product(`http://127.0.0.1:${api}/graphql`, `ws://127.0.0.1:${delivery}`, apiKey, dataDir, {
    API_PORT: `${api}`,
    DELIVERY_PORT: `${delivery}`,
    BOOTSTRAP_API_KEY: apiKey,
    DATA_DIR: dataDir,
    SHUTDOWN_SPREAD: '1s',
    ...env,
  });
  try {
    await product.restart();
  } catch (error) {
    await product.stop();
    throw error;
  }
  return product;
}

async function isReady(url: URL): Promise<boolean> {
  url.protocol = 'http:';
  return await fetch(url).then(
    (response) => response.ok,
    () => false,
  );
}
