import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { installPacked, type Project } from '../support/packed.js';

let project: Project;
beforeAll(async () => {
  project = await installPacked('@tidings/sdk', ['@types/node', 'undici-types']);
}, 120_000);
afterAll(() => project?.remove());

const inProject = (...argv: string[]) => promisify(execFile)(process.execPath, argv, { cwd: project.folder });

test('the package holds what it needs: code, types, schema, licence, and no sources', () => {
  expect(project.files).toEqual(
    expect.arrayContaining(['LICENSE', 'README.md', 'dist/index.d.ts', 'dist/index.js', 'package.json', 'schema.graphql']),
  );
  expect(project.files.filter((name) => name.startsWith('src/') || name.includes('test'))).toEqual([]);
});

test('it needs no other package', async () => {
  const { dependencies = {} } = JSON.parse(
    await readFile(join(project.folder, 'node_modules/@tidings/sdk/package.json'), 'utf8'),
  );
  expect(dependencies).toEqual({});
});

test('bundlers, Node and TypeScript find its entry and its types', async () => {
  await project.checkEntries('--profile', 'esm-only', '--exclude-entrypoints', './schema.graphql');
}, 60_000);

test('it is imported as a module, and required', async () => {
  const words = "const { Tidings } = m; console.log(new Tidings({ url: 'http://x', apiKey: 'tk_x' }) instanceof Tidings)";
  const imported = await inProject('--input-type=module', '-e', `import * as m from '@tidings/sdk'; ${words}`);
  const required = await inProject('--input-type=commonjs', '-e', `const m = require('@tidings/sdk'); ${words}`);
  expect([imported.stdout, required.stdout]).toEqual(['true\n', 'true\n']);
});

test.each(['nodenext', 'bundler'])('its types fit a strict project, resolved as %s', async (moduleResolution) => {
  await writeFile(
    join(project.folder, 'index.ts'),
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
  const options = { module, moduleResolution, skipLibCheck: false, types: ['node'] };
  expect(await project.compile(options, ['index.ts'])).toBe('');
});
