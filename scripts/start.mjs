/** `npm start`: installs, builds and runs everything in one process; on later starts only the last. */
import { ensureBuilt } from './build.mjs';
import { here } from './lib/files.mjs';
import { installForRunning } from './lib/install.mjs';
import { failWith } from './lib/run.mjs';

try {
  await installForRunning();
  await ensureBuilt();
} catch (error) {
  failWith(error);
}
process.argv.splice(2, 0, 'serve');
await import(here('bin/tidings.mjs'));
