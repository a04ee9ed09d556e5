import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { WebSocket } from 'ws';
import { startNode } from '../../src/app/start-node.js';
import { type Config, loadConfig } from '../../src/config/index.js';
import { silentLogger } from '../../src/core/ports/logger.js';
import { withClient } from '../../src/store/database/migrations.js';
import { printedParts } from '../support/documents.js';
import { createDatabase, exited, type TestDatabase, until } from '../support/index.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const KEY = 'tk_of_the_guide';
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

let database: TestDatabase;
let node: Awaited<ReturnType<typeof startNode>>;
let folder: string;
let page: WebSocket | null = null;
beforeAll(async () => {
  database = await createDatabase();
  folder = await mkdtemp(join(ROOT, '.cache/guide-'));
  const config = loadConfig('serve', {
    DATABASE_URL: database.url,
    TOKEN_SECRET: randomBytes(32).toString('hex'),
    BOOTSTRAP_API_KEY: KEY,
    API_PORT: '0',
    DELIVERY_PORT: '0',
    SHUTDOWN_DELAY: '0s',
    SHUTDOWN_SPREAD: '0s',
  });
  node = await startNode('serve', config as Config & { store: { databaseUrl: string } }, { logger: silentLogger });
  await node.ready;
}, 60_000);
afterAll(async () => {
  page?.terminate();
  await node.stop();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

const sql = (text: string) => withClient(database.url, (client) => client.query(text));

async function ask(query: string): Promise<unknown> {
  const headers = { 'content-type': 'application/json', 'x-api-key': KEY };
  const answer = await fetch(node.urls.api ?? '', { method: 'POST', headers, body: JSON.stringify({ query }) });
  return answer.json();
}

/** Ids of this run by those that the guide prints. */
const ids = new Map<string, string>();
const asHere = (text: string) => text.replace(UUID, (printed) => ids.get(printed) ?? printed);

/** What an answer has, with the guide's ids and times in the place of those that are the same here. */
function asPrinted(answer: unknown, printed: unknown): unknown {
  if (typeof answer === 'string' && typeof printed === 'string') {
    if (MOMENT.test(answer) && MOMENT.test(printed)) return printed;
    if (answer.search(UUID) !== 0 || printed.search(UUID) !== 0) return answer;
    if (!ids.has(printed)) ids.set(printed, answer);
    return ids.get(printed) === answer ? printed : answer;
  }
  if (typeof answer !== 'object' || answer === null) return answer;
  const entries = Object.entries(answer)
    // Where in the document: nobody reads it.
    .filter(([name]) => name !== 'locations')
    .map(([name, value]) => [name, asPrinted(value, (printed as Record<string, unknown> | null)?.[name])]);
  return Array.isArray(answer) ? entries.map(([, value]) => value) : Object.fromEntries(entries);
}

/** What has happened when a reader has come to this heading. */
const MEANWHILE: Readonly<Record<string, () => Promise<unknown>>> = {
  'Ask, page by page': async () => {
    await sql('UPDATE overdue_checks SET due_at = clock_timestamp()');
    await until('the event', async () => JSON.stringify(await ask('{ statusEvents { items { type } } }')).includes('OVERDUE'));
  },
  'Follow it': async () => {
    const register = 'mutation { registerRecipient(input: { recipient: "ann" }) { connectionUri } }';
    const { data } = (await ask(register)) as { data: { registerRecipient: { connectionUri: string } } };
    page = new WebSocket(data.registerRecipient.connectionUri);
  },
  'When you were away too long': () => sql('UPDATE status_feed_heads SET forgotten_to = 2'),
};

const EXECUTE: Readonly<Record<string, (code: string) => Promise<ChildProcess>>> = {
  sh: async (code) => spawn('sh', ['-c', `exec ${code}`], { env: environment() }),
  js: async (code) => {
    await writeFile(join(folder, 'follow.mjs'), code);
    await build({
      entryPoints: [join(folder, 'follow.mjs')],
      outfile: join(folder, 'program.mjs'),
      bundle: true,
      platform: 'node',
      format: 'esm',
      alias: { '@tidings/sdk': join(ROOT, 'packages/sdk/src/index.ts') },
      logLevel: 'error',
    });
    return spawn(process.execPath, [join(folder, 'program.mjs')], { env: environment() });
  },
};

const environment = () => ({
  PATH: process.env.PATH ?? '',
  TIDINGS_URL: new URL(node.urls.api ?? '').origin,
  TIDINGS_API_KEY: KEY,
  AFTER: ids.get('00000000-0001-8abc-8def-0123456789ab') ?? '',
});

/** Runs a program that goes on for ever, until it has printed what the guide shows. */
async function prints(language: string, code: string, printed: string): Promise<void> {
  const program = await EXECUTE[language]?.(asHere(code));
  if (!program) throw new Error(`nothing runs ${language}`);
  let out = '';
  for (const stream of [program.stdout, program.stderr]) stream?.setEncoding('utf8').on('data', (text) => (out += text));
  const lines = printed.trimEnd().split('\n').length;
  await until('as many lines as the guide has', () => out.split('\n').length > lines);
  program.kill('SIGKILL');
  await exited(program);
  const found = [...out.matchAll(UUID)].map(([id]) => id);
  for (const [n, [id]] of [...printed.matchAll(UUID)].entries()) if (!ids.has(id)) ids.set(id, found[n] ?? '');
  expect(out.split('\n').slice(0, lines)).toEqual(asHere(printed.trimEnd()).split('\n'));
}

test('every example of the guide can be followed in its order, and answers as printed', async () => {
  const parts = printedParts('docs/status-events.md');
  expect(parts.map(({ heading }) => heading)).toEqual(expect.arrayContaining(Object.keys(MEANWHILE)));
  for (const [n, { heading, language, code }] of parts.entries()) {
    const answer = parts[n + 1]?.code ?? '';
    if (heading !== undefined) await MEANWHILE[heading]?.();
    else if (language === 'graphql') expect(asPrinted(await ask(asHere(code)), JSON.parse(answer))).toEqual(JSON.parse(answer));
    else if (language in EXECUTE) await prints(language, code, answer);
    else expect(['json', 'text']).toContain(language);
  }
}, 60_000);
