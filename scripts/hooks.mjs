/** `npm run hooks`: has git run .githooks in this checkout. */
import { existsSync } from 'node:fs';
import { here } from './lib/files.mjs';
import { failWith, must } from './lib/run.mjs';

if (!existsSync(here('.git'))) console.log('This is no checkout of git: there is nothing to do.');
else await must('git', ['config', 'core.hooksPath', '.githooks']).catch(failWith);
