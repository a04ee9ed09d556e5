/** `npm run test:faults` and `npm run soak`: installs what is missing, then runs test/faults/full. */
import { ensureBuilt } from './build.mjs';
import { installForTesting } from './lib/install.mjs';
import { failWith } from './lib/run.mjs';
import { installSystemPackages } from './lib/system-packages.mjs';

try {
  await installForTesting();
  await installSystemPackages('faults');
  await ensureBuilt();
  // What it needs may have been installed only now.
  const { runTypescript } = await import('./lib/run-typescript.mjs');
  await runTypescript('test/faults/full/main.ts');
} catch (error) {
  failWith(error);
}
