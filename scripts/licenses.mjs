/**
 * `node scripts/licenses.mjs [LOCK_FILE]`: names every production dependency whose licence is not allowed,
 * and fails then.
 */
import { here } from './lib/files.mjs';
import { refusedLicenses } from './lib/licenses.mjs';

const refused = refusedLicenses(process.argv[2] ?? here('package-lock.json'));
for (const line of refused) console.log(line);
process.exitCode = refused.length === 0 ? 0 : 1;
