/** `npm start`. */
import '../bin/node-version.mjs';

// Imported only now: an old Node could not even read it.
void import('./lib/start.mjs');
