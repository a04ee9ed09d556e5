/** Installs, builds and runs everything in one process; on later starts only the last. */
import { ensureBuilt } from '../build.mjs';
import { here } from './files.mjs';
import { installForRunning } from './install.mjs';
import { failWith } from './run.mjs';

const parent = process.ppid;
try {
  await installForRunning();
  await ensureBuilt();
} catch (error) {
  failWith(error);
}
// Whoever started this has gone meanwhile: nobody would end the server.
if (process.ppid !== parent) process.exit(1);
process.argv.splice(2, 0, 'serve');
await import(here('bin/program.mjs'));
