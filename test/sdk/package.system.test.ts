import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const run = (program: string, argv: string[], cwd: string) => promisify(execFile)(program, argv, { cwd });

let project: string;
let files: string[];
// Installed as npm would: unpacked into node_modules of a project that has nothing else.
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'tidings-sdk-'));
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', project], join(ROOT, 'packages/sdk'));
  const [packed] = JSON.parse(stdout.slice(stdout.indexOf('['))) as Array<{ filename: string; files: Array<{ path: string }> }>;
  files = (packed?.files ?? []).map(({ path }) => path);
  const target = join(project, 'node_modules/@tidings/sdk');
  await run('mkdir', ['-p', target], project);
  await run('tar', ['-xzf', join(project, packed?.filename ?? ''), '-C', target, '--strip-components=1'], project);
  await run('ln', ['-s', join(ROOT, 'node_modules/@types'), join(project, 'node_modules/@types')], project);
  await writeFile(join(project, 'package.json'), '{"type":"module"}');
}, 120_000);
afterAll(() => rm(project, { recursive: true, force: true }));

test('the package holds what it needs: code, types, schema, licence, and no sources', () => {
  expect(files).toEqual(
    expect.arrayContaining(['LICENSE', 'README.md', 'dist/index.d.ts', 'dist/index.js', 'package.json', 'schema.graphql']),
  );
  expect(files.filter((name) => name.startsWith('src/') || name.includes('test'))).toEqual([]);
});

test('it needs no other package', async () => {
  const { dependencies = {} } = JSON.parse(await readFile(join(project, 'node_modules/@tidings/sdk/package.json'), 'utf8'));
  expect(dependencies).toEqual({});
});

test('it is imported as a module, and required', async () => {
  const words = "const { Tidings } = m; console.log(new Tidings({ url: 'http://x', apiKey: 'tk_x' }) instanceof Tidings)";
  const imported = await run(
    process.execPath,
    ['--input-type=module', '-e', `import * as m from '@tidings/sdk'; ${words}`],
    project,
  );
  const required = await run(
    process.execPath,
    ['--input-type=commonjs', '-e', `const m = require('@tidings/sdk'); ${words}`],
    project,
  );
  expect([imported.stdout, required.stdout]).toEqual(['true\n', 'true\n']);
});

test.each(['nodenext', 'bundler'])('its types fit a strict project, resolved as %s', async (moduleResolution) => {
  await writeFile(
    join(project, 'index.ts'),
    `import { Tidings, BadUserInputError, type Message } from '@tidings/sdk';
const tidings = new Tidings({ url: 'http://x', apiKey: 'tk_x' });
export async function first(): Promise<Message | undefined> {
  for await (const message of tidings.messages({ filter: { status: 'PENDING' } }, { include: ['pendingReason'] })) return message;
  return undefined;
}
// @ts-expect-error: a push needs a text
export const wrong = () => tidings.pushMessage({ recipients: ['a'] });
// @ts-expect-error: there is no such status
export const none = () => tidings.messages({ filter: { status: 'LOST' } });
export const isField = (error: unknown) => error instanceof BadUserInputError && error.field;
`,
  );
  const module = moduleResolution === 'bundler' ? 'esnext' : 'nodenext';
  const options = ['--strict', '--noEmit', '--target', 'es2022', '--module', module, '--moduleResolution', moduleResolution];
  const lib = ['--skipLibCheck', 'false', '--types', 'node', 'index.ts'];
  const { stdout } = await run(
    process.execPath,
    [join(ROOT, 'node_modules/typescript/bin/tsc'), ...options, ...lib],
    project,
  ).catch((error: { stdout: string }) => error);
  expect(stdout).toBe('');
});
