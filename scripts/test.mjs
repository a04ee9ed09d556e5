/** `npm test`: installs what is missing, then runs the whole suite, or what the arguments select. */
import { here } from './lib/files.mjs';
import { installForTesting } from './lib/install.mjs';
import { failWith } from './lib/run.mjs';
import { installSystemPackages } from './lib/system-packages.mjs';

try {
  await installForTesting();
  await installSystemPackages();
} catch (error) {
  failWith(error);
}
// It may have been installed only now.
const { run } = await import('jest');
await run(process.argv.slice(2), here('.'));
