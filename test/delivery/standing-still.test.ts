import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from '@jest/globals';
import { bundle, leash } from '../support/index.js';
import { standStill } from '../support/stand-still.js';
import { cleanUp, startNode } from './support/node.js';

afterEach(cleanUp);

const CLIENTS = 40;
const PONG_TIMEOUT_MS = 1_000;

test('a node that stood still in the midst of its work judges nobody whose pong waits in its socket', async () => {
  const program = await bundle('test/delivery/support/waiting-clients.ts');
  const { port, token } = await startNode({ pingIntervalMs: 500, pongTimeoutMs: PONG_TIMEOUT_MS });
  const args = [program, String(port), token(), String(CLIENTS)];
  const clients = leash(spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] }));
  const said = await new Promise<string>((resolve) => {
    const lines = createInterface({ input: clients.stdout });
    lines.on('line', (line) => {
      if (line !== 'pinged') return resolve(line);
      clients.stdin.write('the node stands still\n');
      standStill(PONG_TIMEOUT_MS + 1_000);
    });
  });
  // Nobody was closed or cut.
  expect(JSON.parse(said)).toEqual(Array.from({ length: CLIENTS }, () => false));
}, 30_000);
