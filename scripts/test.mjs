/**
 * `npm test`: installs what is missing, then runs every test, or what the arguments select; `--fast`: unit
 * and contract tests.
 */
import { SYSTEM_TESTS } from '../jest.config.mjs';
import { here } from './lib/files.mjs';
import { installForTesting } from './lib/install.mjs';
import { failWith } from './lib/run.mjs';
import { installSystemPackages } from './lib/system-packages.mjs';

const args = process.argv.slice(2);
const fast = args.includes('--fast');

try {
  await installForTesting();
  await installSystemPackages(fast ? 'fast tests' : 'tests');
} catch (error) {
  failWith(error);
}
// It may have been installed only now.
const { run } = await import('jest');
const chosen = args.filter((arg) => arg !== '--fast');
await run(fast ? [...chosen, ...SYSTEM_TESTS.flatMap((pattern) => ['--testPathIgnorePatterns', pattern])] : chosen, here('.'));
