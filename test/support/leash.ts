import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';

export interface LeashOptions {
  /**
   * Ends the child by this signal, without the prefix SIG. Default KILL, which follows after 10 seconds in
   * any case.
   */
  signal?: string;
  /** Removes this folder of the child after its end. */
  folder?: string;
}

/**
 * Ends a child when this process ends, however that ends: `kill -9` included.
 *
 * A shell waits for the end of a pipe from us and then signals the process group of a child that was
 * spawned `detached`, else the child alone; one that stands still is continued first. A child that ends
 * before us needs nothing, and its folder stays.
 */
export function leash<Child extends ChildProcess>(child: Child, { signal = 'KILL', folder = '' }: LeashOptions = {}): Child {
  if (child.pid === undefined) return child;
  const shell = spawn('/bin/sh', ['-c', SCRIPT, String(child.pid), signal, folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // Signals to our process group, such as Ctrl-C on a terminal, do not reach it.
    detached: true,
    cwd: '/',
  });
  shell.stdin?.on('error', () => {});
  shell.unref();
  if (shell.stdin instanceof Socket) shell.stdin.unref();
  child.once('exit', () => shell.kill('SIGKILL'));
  return child;
}

const SCRIPT = `
trap '' HUP INT TERM
send() { kill -s "$1" -- "-$child" || kill -s "$1" -- "$child"; }
child="$0"
read -r _
send CONT
send "$1"
i=0
while [ $i -lt 100 ] && send 0; do sleep 0.1; i=$((i+1)); done
send KILL
[ -z "$2" ] || rm -rf -- "$2" || { sleep 1; rm -rf -- "$2"; }
`;
