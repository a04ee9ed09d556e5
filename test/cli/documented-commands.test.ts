import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { WebSocket } from 'ws';
import { parse } from 'yaml';
import { CommandFailed } from '../../src/app/command-failed.js';
import { announce } from '../../src/cli/announce.js';
import type { Services } from '../../src/cli/cli-context.js';
import { run } from '../../src/cli/run.js';
import { type Installation, startInstallation } from '../adapters/support.js';
import { runCommand } from '../support/command.js';
import { filesIn, printedBlock, printedBlocks, read } from '../support/documents.js';
import { createDatabase, redisUrl, type TestDatabase } from '../support/index.js';

let installation: Installation;
/** Takes what is posted to webhooks. */
let receiver: Server;
let folder: string;
/** Databases without tenants: what is restored and what moves goes there. */
let others: TestDatabase[];

beforeAll(async () => {
  [installation, folder, others] = await Promise.all([
    startInstallation({ redisUrl, env: { SECRETS_KEY: 'ab'.repeat(32), WEBHOOK_ALLOW: '127.0.0.0/8' } }),
    mkdtemp(join(tmpdir(), 'tidings-documented-')),
    Promise.all([createDatabase(), createDatabase(), createDatabase()]),
  ]);
  await writeFile(join(folder, 'key'), installation.key);
  await installation.ask('mutation { setStatusFeed(enabled: true) { enabled } }');
  receiver = createServer((_request, response) => response.writeHead(204).end()).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  await writeFile(join(folder, 'secret'), 'a secret of the tests that is long enough');
}, 60_000);

afterAll(async () => {
  receiver?.close();
  await installation?.stop();
  for (const database of others ?? []) await database.drop();
  await rm(folder, { recursive: true, force: true });
});

const databaseUrl = () => installation.config().store.databaseUrl;

/** What an operator has set where these commands are given. */
const surroundings = () => ({
  ...{ DATABASE_URL: databaseUrl(), PUBLIC_DELIVERY_URL: installation.deliveryUrls[0] ?? '', TIDINGS_URL: installation.apiUrl },
  ...{
    API_PORT: '0',
    DELIVERY_PORT: '0',
    SHUTDOWN_DELAY: '0',
    SHUTDOWN_SPREAD: '0',
    REDIS_PREFIX: installation.config().redis.prefix,
  },
});

/** Puts what these tests have in the place of what stands for the reader's own. */
const ofTheReader = (block: string) =>
  block
    .replaceAll('http://127.0.0.1:4000', new URL(installation.apiUrl).origin)
    .replaceAll('tk_…', installation.key)
    .replaceAll('https://example.org/tidings', `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`)
    .replaceAll('npx tidings restore tidings.backup', `DATABASE_URL=${others[0]?.url} $&`)
    .replaceAll('postgresql://tidings@db/tidings npx tidings restore', `${others[1]?.url} npx tidings restore`)
    .replaceAll('postgresql://tidings@db/tidings', databaseUrl())
    .replaceAll('postgresql://tidings@other/tidings', others[2]?.url ?? '')
    .replaceAll('redis://redis:6379', redisUrl)
    .replaceAll('/run/secrets/token', join(folder, 'secret'))
    .replaceAll('/run/secrets/tidings-key', join(folder, 'key'));

interface Given {
  argv: string[];
  environment: Record<string, string>;
}

/**
 * Has a shell read a block as it is printed, and hand on our own commands, each with its environment, in the place of
 * running them. What else stands there is run by the shell.
 */
async function commandsIn(block: string, environment: Record<string, string>): Promise<Given[]> {
  const script = `
given() { printf '%s\\0' "$@" ''; env -0; printf '\\0'; }
npx() { shift; given "$@"; }
docker() { if [ "$2" = run ]; then shift 4; given "$@"; fi; }
${ofTheReader(block)}`;
  const env = { ...environment, PATH: process.env.PATH ?? '' };
  const { stdout } = await promisify(execFile)('bash', ['-euc', script], { env, cwd: folder });
  const groups = stdout.split('\0\0');
  return groups.slice(0, -1).flatMap((group, index) => {
    if (index % 2 === 1) return [];
    const variables = (groups[index + 1] ?? '').split('\0').map((line) => line.split(/=(.*)/s).slice(0, 2));
    return [{ argv: group.split('\0'), environment: Object.fromEntries(variables) }];
  });
}

/** Finds what stands for an id of the reader's: that of a webhook, or of a key. */
async function idFor([command]: readonly string[], environment: Record<string, string>): Promise<string> {
  const list = command === 'webhook' ? ['webhook', 'list'] : ['key', 'list', '--tenant', 'acme'];
  const { out } = await runCommand([...list, '--json'], environment);
  return JSON.parse(out)[0].id;
}

const isEndless = (words: readonly string[]) => words[0] === 'listen' || words.includes('--follow');

const isNode = ([command = '']: readonly string[]) => ['api', 'delivery'].includes(command);

/** Runs a command to its end: one that goes on until it has done what it is for. */
async function expectDone({ argv, environment }: Given): Promise<void> {
  const words: string[] = [];
  for (const word of argv)
    words.push(word === 'ID' ? await idFor(argv, environment) : word.replace(/^[\w-]+\.(backup|jsonl)$/, `${folder}/$&`));
  if (isEndless(words)) await runCommand(['push', '--to', 'user-1', '--message', 'waits for you'], environment);
  const stopAt = isNode(words) ? / is ready / : /waits for you/;
  const given = isNode(words) || isEndless(words) ? { stopAt } : {};
  const { status, out, err } = await runCommand(words, environment, given);
  // The doctor ends with 2 where it had no key and says so.
  const ends = words[0] === 'doctor' && status === 2 ? 2 : 0;
  if (status !== ends) throw new Error(`tidings ${words.join(' ')} ended with ${status}: ${err}`);
  expect(out).not.toBe('');
}

/** Makes the tenant that a block takes for granted, or removes the one that it makes. */
async function prepareTenant(block: string): Promise<void> {
  const tenant = /\b(?:acme|demo)\b/.exec(block)?.[0];
  if (tenant === undefined) return;
  const command = block.includes(`tenant create ${tenant}`) ? ['delete', tenant, '--yes'] : ['create', tenant];
  await runCommand(['tenant', ...command], surroundings());
}

async function expectAllDone(block: string, environment: Record<string, string> = surroundings()): Promise<number> {
  await prepareTenant(block);
  const commands = await commandsIn(block, environment);
  for (const command of commands) await expectDone(command);
  return commands.length;
}

describe.each([
  ['README.md', printedBlocks('README.md', 'sh').filter((block) => block.startsWith('npx tidings'))],
  ['docs/api.md', printedBlocks('docs/api.md', 'sh').filter((block) => block.startsWith('npx tidings'))],
  ['docs/operations.md', printedBlocks('docs/operations.md', 'sh')],
])('what %s has operators do', (_, blocks) => {
  test.each(blocks)(
    'works as it is printed:\n%s',
    async (block) => {
      expect(await expectAllDone(block)).toBeGreaterThan(0);
    },
    60_000,
  );
});

describe('what docs/command-line.md has users do', () => {
  const [access = '', ...blocks] = printedBlocks('docs/command-line.md', 'sh');

  test.each(blocks)('works as it is printed:\n%s', async (block) => {
    const { connectionUri } = await installation.register({ recipient: 'user-1' });
    // Somebody is there, where it is waited for that: the pong is given by itself.
    const socket = block.includes('--wait') ? new WebSocket(connectionUri) : null;
    expect(await expectAllDone(access + block, {})).toBeGreaterThan(0);
    socket?.close();
  });
});

test('the call that docs/api.md prepares in a shell works', async () => {
  const [prepared = '', ...commands] = printedBlocks('docs/api.md', 'sh');
  expect(commands.every((block) => block.startsWith('npx tidings'))).toBe(true);
  const script = `${ofTheReader(prepared)}\nask '{"query":"{ version }"}'`;
  const { stdout } = await promisify(execFile)('bash', ['-euc', script], {
    env: { PATH: process.env.PATH, KEY: installation.key },
  });
  expect(JSON.parse(stdout)).toEqual({ data: { version: expect.any(String) } });
});

test('the set-up of deploy/README.md makes its secrets, a tenant and a key', async () => {
  const [compose = '', chart = '', ...more] = printedBlocks('deploy/README.md', 'sh');
  expect(await expectAllDone(compose)).toBe(2);
  const made = /^POSTGRES_PASSWORD=[0-9a-f]{48}\nTOKEN_SECRET=[0-9a-f]{64}\nSECRETS_KEY=[0-9a-f]{64}\n$/;
  expect(await readFile(join(folder, '.env'), 'utf8')).toMatch(made);
  // No cluster is here: what the chart wants is what it is given.
  const values = parse(read('deploy/helm/tidings/values.yaml')) as { environment: Record<string, string> };
  const named = Object.entries(values.environment).filter(([name]) => name.endsWith('_FILE'));
  const files = named.map(([, path]) => path.split('/').at(-1));
  expect([...chart.matchAll(/--from-literal=([\w-]+)=/g)].map(([, key]) => key).sort()).toEqual(files.sort());
  expect([chart.includes(' deploy/helm/tidings --set environment.PUBLIC_DELIVERY_URL='), more]).toEqual([true, []]);
});

test('a first start says what README.md prints', () => {
  let said = '';
  const io = {
    out: (text: string) => {
      said += text;
    },
    err: () => {},
    readInput: async () => '',
    environment: {},
    onStopSignal: () => () => {},
    exit: () => {},
  };
  const printed = printedBlock('README.md', '');
  const apiKey = /tk_[\w-]{43}/.exec(printed)?.[0] ?? '';
  announce(io, 'serve', { urls: { delivery: 'ws://127.0.0.1:4001', api: 'http://127.0.0.1:4000/graphql' }, apiKey }, false);
  expect(said).toBe(printed);
});

/** Commands in the prose of a document, which name what is the reader's: they are understood, and reach nothing. */
const documents = filesIn('.', '.md').filter((path) => /^(README\.md|SECURITY\.md|(deploy|docs)\/[^/]+)$/.test(path));
const inProse = documents.flatMap((path) =>
  [
    ...read(path)
      .replace(/^```.*?^```/gms, '')
      .matchAll(/`(?:npx )?tidings ([^`]+)`/g),
  ].map(([, command = '']): [string, string] => [path, command]),
);

/** Splits like a shell, as far as the documents need it. */
const wordsOf = (command: string) => [...command.matchAll(/'([^']*)'|[^\s']+/g)].map(([word, quoted]) => quoted ?? word);

const stop = () => {
  throw new CommandFailed('understood');
};
const services = { startNode: stop, openTenancy: stop } as unknown as Services;

test('commands are found in prose', () => {
  expect(inProse.length).toBeGreaterThan(10);
});

test.each(inProse)('%s shows a command that is understood: tidings %s', async (_, command) => {
  let said = '';
  const io = {
    out: () => {},
    err: (text: string) => {
      said += text;
    },
    // Nothing is reached: the port is one that nobody listens on.
    environment: { DATABASE_URL: 'postgresql://127.0.0.1:1/none', LOG_LEVEL: 'silent' },
    readInput: async () => '',
    onStopSignal: () => () => {},
    exit: () => {},
  };
  // What stands for a number of the reader's.
  await run(
    wordsOf(command).map((word) => (word === 'N' ? '2' : word)),
    io,
    services,
  );
  expect(said).not.toMatch(/^error:/);
});
