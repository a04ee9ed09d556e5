/**
 * Runs the examples of plain HTTP in each language that this machine has, on the service of TIDINGS_URL and
 * TIDINGS_API_KEY. What they print must be the same.
 */
import { spawnSync } from 'node:child_process';
import { here } from './lib/files.mjs';
import { failWith } from './lib/run.mjs';

const PROGRAMS = [
  ['Python', 'python3', ['backend.py']],
  ['PHP', 'php', ['backend.php']],
  ['Go', 'go', ['run', 'backend.go']],
  ['Java', 'java', ['Backend.java']],
  ['C#', 'dotnet', ['run', 'Backend.cs']],
];

const PROMISED = /^connect: wss?:\/\/\S+\?\npushed: PENDING\nasked: PENDING\ncancelled: 1\n$/;

function runAll() {
  if (!process.env.TIDINGS_URL || !process.env.TIDINGS_API_KEY) throw new Error('set TIDINGS_URL and TIDINGS_API_KEY');
  for (const [language, program, argv] of PROGRAMS) {
    const { error, stdout, stderr } = spawnSync(program, argv, { cwd: here('examples/http'), encoding: 'utf8' });
    const passed = !error && PROMISED.test(stdout);
    if (error?.code === 'ENOENT') console.log(`missing ${language}: ${program} is not installed`);
    else console.log(`${passed ? 'ok     ' : 'FAILED '} ${language}`);
    if (passed) continue;
    process.exitCode = 1;
    if (!error) console.log(stdout + stderr);
  }
}

try {
  runAll();
} catch (error) {
  failWith(error);
}
