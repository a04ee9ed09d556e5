import { spawn } from 'node:child_process';
import { here } from './files.mjs';

/** A terminal sends SIGINT to the program by itself. */
const PASSED_ON = ['SIGTERM', 'SIGHUP'];

/**
 * Runs a program in the repository's folder and returns its exit status. A signal that would end us ends it,
 * and then us.
 */
export function run(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: here('.'), stdio: 'inherit', ...options });
    let ending = null;
    const passOn = (signal) => {
      ending = signal;
      child.kill(signal);
    };
    for (const signal of PASSED_ON) process.on(signal, passOn);
    const release = () => {
      for (const signal of PASSED_ON) process.off(signal, passOn);
    };
    child.once('error', (error) => {
      release();
      reject(error);
    });
    child.once('exit', (status, signal) => {
      release();
      if (ending !== null) process.kill(process.pid, ending);
      else resolve(signal ? 1 : status);
    });
  });
}

/** Runs a program that must succeed. */
export async function must(program, args, options) {
  const status = await run(program, args, options);
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with status ${status}`);
}

/** Returns the path of an installed package's program. */
export const tool = (name) => here(`node_modules/.bin/${name}`);

/** Prints one line for people instead of a stack, and exits. */
export function failWith(error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
