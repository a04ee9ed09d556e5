import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { leash } from './leash.js';
import { exited } from './process.js';
import type { Product } from './product.js';

const PROGRAM = fileURLToPath(new URL('../../examples/page/server.mjs', import.meta.url));

export const EXAMPLE_RECIPIENT = 'd9f3c17a-c6de-4e5e-b42b-98fbfb46a108';

/** Starts the example's backend as its users do. */
export async function startExamplePage(product: Product): Promise<{ url: string; stop(): Promise<void> }> {
  const child = spawn(process.execPath, [PROGRAM], {
    env: {
      TIDINGS_URL: product.apiUrl,
      TIDINGS_API_KEY: product.apiKey,
      TIDINGS_DELIVERY_URL: product.deliveryUrl.replace('ws', 'http'),
      PORT: '0',
    },
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  leash(child);
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the example's backend ended with ${code}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const match = /http:\/\/\S+/.exec(line);
      if (match) resolve(match[0]);
    });
  });
  return {
    url,
    async stop() {
      child.kill();
      await exited(child);
    },
  };
}
