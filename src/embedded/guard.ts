import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { type ServerUser, spawnAs } from './server-user.js';

/**
 * Starts a shell that waits for the end of a pipe to us and then stops the server. Whatever ends our process,
 * `kill -9` included, closes the pipe. Signals to our process group do not reach the shell, because it has a
 * session of its own. If it is killed together with us, the server goes on, and the next start deals with
 * that. See docs/design/embedded.md.
 *
 * @param pid process id of the server
 * @param pidFile file whose first line is the pid as long as that is the server's: the kernel may give the
 *   number to another process
 */
export function guard(pid: number, pidFile: string | null, user: ServerUser | null): ChildProcess {
  const child = spawn('/bin/sh', ['-c', SCRIPT, String(pid), pidFile ?? ''], {
    ...spawnAs(user),
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  // Writing to a shell that has ended is no error of ours.
  child.stdin?.on('error', () => {});
  child.unref();
  if (child.stdin instanceof Socket) child.stdin.unref();
  return child;
}

// On SIGINT PostgreSQL shuts down fast, and Redis ends without saving. SIGQUIT ends PostgreSQL at once; it
// recovers at its next start.
const SCRIPT = `
trap '' HUP INT TERM
read -r _
alive() { kill -0 "$0" 2>/dev/null && { [ -z "$1" ] || [ "$(head -n 1 "$1" 2>/dev/null)" = "$0" ]; }; }
alive "$1" || exit 0
kill -INT "$0"
i=0
while [ $i -lt 100 ]; do sleep 0.1; alive "$1" || exit 0; i=$((i+1)); done
kill -QUIT "$0"
`;
