import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { leash } from '../../test/support/leash.js';

/** Keeps every processor busy with a process that only computes. Returns what ends them. */
export function keepProcessorsBusy(): () => void {
  const children = Array.from({ length: availableParallelism() }, () =>
    leash(spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' })),
  );
  return () => {
    for (const child of children) child.kill('SIGKILL');
  };
}
