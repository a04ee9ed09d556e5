/** `npm start`. package.json has it take the place of npm's shell (`exec`), which would not pass signals on. */
import '../bin/node-version.mjs';

// Imported only now: an old Node could not even read it.
void import('./lib/start.mjs');
