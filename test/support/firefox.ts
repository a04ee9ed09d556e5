import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';
import { leash } from './leash.js';
import { exited } from './process.js';

export interface TestFirefox {
  open(url: string): Promise<void>;
  /** Evaluates an expression in the page. */
  evaluate(expression: string): Promise<unknown>;
  close(): Promise<void>;
}

/** Starts Debian's Firefox with an empty profile, and drives its one tab by WebDriver BiDi (W3C). */
export async function startFirefox(): Promise<TestFirefox> {
  const profile = await mkdtemp(join(tmpdir(), 'tidings-firefox-'));
  const child = spawn('firefox-esr', ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port=0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, HOME: profile },
    detached: true,
  });
  leash(child);
  const url = await new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`Firefox ended with ${code}`)));
    createInterface({ input: child.stderr }).on('line', (line) => {
      const match = /WebDriver BiDi listening on (ws:\S+)/.exec(line);
      if (match) resolve(`${match[1]}/session`);
    });
  });
  const command = await connect(url);
  await command('session.new', { capabilities: {} });
  const { contexts } = await command<{ contexts: Array<{ context: string }> }>('browsingContext.getTree', {});
  const context = contexts[0]?.context;
  return {
    async open(page) {
      await command('browsingContext.navigate', { context, url: page, wait: 'complete' });
    },
    async evaluate(expression) {
      const answer = await command<{ result: { value: unknown } }>('script.evaluate', {
        expression,
        target: { context },
        awaitPromise: true,
      });
      return answer.result.value;
    },
    async close() {
      child.kill('SIGKILL');
      await exited(child);
      await rm(profile, { recursive: true, force: true });
    },
  };
}

type Command = <T>(method: string, params: object) => Promise<T>;

async function connect(url: string): Promise<Command> {
  const socket = new WebSocket(url);
  const waiting = new Map<number, (answer: { type: string; result: never; message: string }) => void>();
  socket.on('message', (data) => {
    const answer = JSON.parse(data.toString());
    waiting.get(answer.id)?.(answer);
  });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  let ids = 0;
  return async (method, params) => {
    const id = ++ids;
    socket.send(JSON.stringify({ id, method, params }));
    const answer = await new Promise<{ type: string; result: never; message: string }>((resolve) => waiting.set(id, resolve));
    if (answer.type === 'error') throw new Error(`${method}: ${answer.message}`);
    return answer.result;
  };
}
