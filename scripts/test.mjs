/** `npm test`: installs what is missing, then runs the whole suite, or what the arguments select. */
import { ensureBuilt } from './build.mjs';
import { here } from './lib/files.mjs';
import { installForTesting } from './lib/install.mjs';
import { failWith, run } from './lib/run.mjs';
import { installSystemPackages } from './lib/system-packages.mjs';

try {
  await installForTesting();
  await installSystemPackages();
  await ensureBuilt();
} catch (error) {
  failWith(error);
}
const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
process.exitCode = await run(process.execPath, [...flags, here('node_modules/jest/bin/jest.js'), ...process.argv.slice(2)]);
