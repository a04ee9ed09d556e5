/**
 * `npm run check`: types, lint and format, unused code, the architecture, links of documents, licences, and
 * whether what is generated is current.
 */
import { existsSync, readdirSync } from 'node:fs';
import jestConfig, { STATIC_TESTS } from '../jest.config.mjs';
import { generate } from './codegen.mjs';
import { hashOf, here } from './lib/files.mjs';
import { refusedLicenses } from './lib/licenses.mjs';
import { failWith, run, tool } from './lib/run.mjs';

const GENERATED = [
  'src/generated',
  'packages/sdk/src/generated',
  'packages/sdk/schema.graphql',
  'docs/reference.md',
  'deploy/kubernetes',
];

const packages = readdirSync(here('packages')).map((name) => `packages/${name}`);
const projects = ['.', 'src/console/page', 'src/console/app', ...packages].filter((project) =>
  existsSync(here(`${project}/tsconfig.json`)),
);

/** Without the servers that other tests share. */
const { globalSetup: _, globalTeardown: __, ...withoutServers } = jestConfig;
const jest = [
  ...['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', here('node_modules/jest/bin/jest.js')],
  ...['--config', JSON.stringify({ ...withoutServers, rootDir: here('.') }), ...STATIC_TESTS],
];

/** Reads files alone, so two of them may run at once. */
const checks = [
  ...projects.map((project) => [`types of ${project}`, async () => (await run(tool('tsc'), ['-p', project])) === 0]),
  ['lint and format', async () => (await run(tool('biome'), ['check', '--error-on-warnings'])) === 0],
  ['no unused files, exports and packages', async () => (await run(tool('knip'), ['--no-config-hints'])) === 0],
  ['architecture and links', async () => (await run(process.execPath, jest)) === 0],
  [
    'licences of production dependencies',
    async () => {
      const refused = refusedLicenses(here('package-lock.json'));
      for (const line of refused) console.log(line);
      return refused.length === 0;
    },
  ],
];

async function isCurrent() {
  const before = hashOf(GENERATED);
  await generate();
  const current = hashOf(GENERATED) === before;
  if (!current) console.log('It was not, and is now: look at it and commit it.');
  return current;
}

let failed = 0;
async function report(name, check) {
  const passed = await check().catch(failWith);
  console.log(`${passed ? 'ok    ' : 'FAILED'} ${name}`);
  if (!passed) failed++;
}

async function checkOneByOne() {
  for (let next = checks.shift(); next; next = checks.shift()) await report(...next);
}

await Promise.all([checkOneByOne(), checkOneByOne()]);
// It writes what the others read.
await report('generated code is current', isCurrent);
process.exitCode = failed === 0 ? 0 : 1;
