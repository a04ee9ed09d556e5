import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

const script = (name: string) => fileURLToPath(new URL(`../../scripts/${name}.mjs`, import.meta.url));

/** Runs a script; its output and exit status. */
const run = (name: string, ...args: string[]): Promise<{ code: number; stdout: string }> =>
  promisify(execFile)(process.execPath, [script(name), ...args]).then(
    ({ stdout }) => ({ code: 0, stdout }),
    ({ code, stdout }: { code: number; stdout: string }) => ({ code, stdout }),
  );

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidings-supply-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('licences of production dependencies', () => {
  const judge = async (packages: Record<string, object>) => {
    const file = join(folder, 'package-lock.json');
    await writeFile(file, JSON.stringify({ packages: { '': { license: 'UNLICENSED' }, ...packages } }));
    return run('licenses', file);
  };

  test('those of this checkout are all allowed', async () => {
    expect(await run('licenses')).toEqual({ code: 0, stdout: '' });
  });

  test.each([['MIT'], ['(MIT AND BSD-3-Clause)'], ['GPL-3.0-only OR Apache-2.0']])('%s is allowed', async (license) => {
    expect(await judge({ 'node_modules/a': { version: '1.0.0', license } })).toEqual({ code: 0, stdout: '' });
  });

  test.each([['AGPL-3.0-only'], ['(MIT AND GPL-2.0)'], ['SEE LICENSE IN LICENSE.md'], [undefined]])(
    '%s is refused, with the name of the package',
    async (license) => {
      const { code, stdout } = await judge({ 'node_modules/b/node_modules/@a/c': { version: '2.0.1', license } });
      expect([code, stdout]).toEqual([1, `@a/c 2.0.1: ${license ?? 'no licence'}\n`]);
    },
  );

  test('those of development and of links do not count', async () => {
    const packages = { 'node_modules/d': { dev: true, version: '1.0.0', license: 'GPL-3.0' }, 'node_modules/e': { link: true } };
    expect((await judge(packages)).code).toBe(0);
  });
});

describe('known vulnerabilities of production dependencies', () => {
  const answered = async (answer: string) => {
    const file = join(folder, 'audit.json');
    await writeFile(file, answer);
    return run('audit', 'cat', file);
  };

  test('a high one fails, and each is named', async () => {
    const vulnerabilities = {
      a: { name: 'a', severity: 'high', range: '<1.2.3' },
      b: { name: 'b', severity: 'low', range: '*' },
    };
    expect(await answered(JSON.stringify({ vulnerabilities }))).toEqual({
      code: 1,
      stdout: 'high: a <1.2.3\nlow: b *\n2 vulnerable production dependencies, 1 of them high or critical\n',
    });
  });

  test('none, or a low one, passes', async () => {
    expect((await answered(JSON.stringify({ vulnerabilities: {} }))).code).toBe(0);
    const low = { vulnerabilities: { b: { name: 'b', severity: 'low', range: '*' } } };
    expect((await answered(JSON.stringify(low))).code).toBe(0);
  });

  test.each([['{"message":"405 Method Not Allowed","error":{}}'], ['']])(
    'a registry that does not answer the question is skipped in one line (%s)',
    async (answer) => {
      expect(await answered(answer)).toEqual({ code: 0, stdout: 'audit skipped: no registry answers it\n' });
    },
  );
});
