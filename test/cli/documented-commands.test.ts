import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { CommandFailed } from '../../src/app/command-failed.js';
import type { Services } from '../../src/cli/cli-context.js';
import { run } from '../../src/cli/run.js';

const ROOT = new URL('../../', import.meta.url);
const DOCUMENTS = [
  'README.md',
  'SECURITY.md',
  'deploy/README.md',
  ...readdirSync(new URL('docs', ROOT)).map((name) => `docs/${name}`),
];

/** Commands that a document shows: lines of its shell blocks, and code in its prose. */
function commandsOf(path: string): string[] {
  const text = readFileSync(new URL(path, ROOT), 'utf8');
  const lines = [...text.matchAll(/^```sh\n(.*?)^```/gms)].flatMap(([, block = '']) => block.split('\n'));
  const prose = [...text.replace(/^```.*?^```/gms, '').matchAll(/`((?:npx )?tidings [^`]+)`/g)].map(([, code = '']) => code);
  return [...lines, ...prose].flatMap((line) => /(?:npx |^)tidings (.*)$/s.exec(line.replace(/ +# .*/, ''))?.[1] ?? []);
}

/** Splits like a shell, as far as the documents need it. */
const wordsOf = (command: string) => [...command.matchAll(/'([^']*)'|[^\s']+/g)].map(([word, quoted]) => quoted ?? word);

const stop = () => {
  throw new CommandFailed('understood');
};
const services = { startNode: stop, openTenancy: stop } as unknown as Services;

const commands = DOCUMENTS.filter((path) => path.endsWith('.md')).flatMap((path) =>
  commandsOf(path).map((command): [string, string] => [path, command]),
);

test('commands are found', () => {
  expect(commands.length).toBeGreaterThan(10);
});

test.each(commands)('%s shows a command that is understood: tidings %s', async (_, command) => {
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
