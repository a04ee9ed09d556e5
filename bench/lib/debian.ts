import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Whether Debian's package is there: installed first where this process may, or one line says what to install. */
export function havePackage(name: string, program: string): boolean {
  if (existsSync(program)) return true;
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    process.stderr.write(`installing ${name}\n`);
    try {
      // Its service is not started: runlevel 1 has none.
      const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
      execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', name], {
        env,
        stdio: 'ignore',
        timeout: 180_000,
      });
    } catch {
      // Said below.
    }
  }
  if (existsSync(program)) return true;
  process.stderr.write(`without ${name}: apt-get install ${name} brings this peer\n`);
  return false;
}
