import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/**
 * Returns whether a program is there. Installs its Debian package if this process may, else prints what to
 * install.
 */
export function havePackage(name: string, program: string): boolean {
  if (existsSync(program)) return true;
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    process.stderr.write(`installing ${name}\n`);
    try {
      // Runlevel 1 keeps Debian from starting the service.
      const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
      execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', name], {
        env,
        stdio: 'ignore',
        timeout: 180_000,
      });
    } catch {
      // The line below says so.
    }
  }
  if (existsSync(program)) return true;
  process.stderr.write(`without ${name}: apt-get install ${name} brings this peer\n`);
  return false;
}
