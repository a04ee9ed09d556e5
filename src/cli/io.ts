import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { type Environment, startedByNpm } from '../config/index.js';
import { onParentEnd } from './parent-watch.js';

/** A command's way to its process. */
export interface Io {
  out(text: string): void;
  err(text: string): void;
  /** Reads standard input to its end. */
  readInput(): Promise<string>;
  /** Whether nobody reads along: lines of nodes are JSON then. Default: somebody does. */
  readonly piped?: { readonly out: boolean; readonly err: boolean };
  /** Variables to use instead of the process's own. */
  environment: Environment | null;
  /**
   * Calls the listener at each signal that asks for a stop, and where npm started us and has ended without
   * one. Returns a function that ends that.
   */
  onStopSignal(listener: () => void): () => void;
  /** Ends the process at once. */
  exit(status: number): void;
}

/**
 * Tells whether SIGHUP may be listened to: not under `nohup`, which has it ignored, and a listener would end
 * that. Where nobody can tell, the signal has its usual effect.
 */
function heedsHangUp(): boolean {
  try {
    const ignored = /^SigIgn:\s*([\da-f]+)$/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1];
    return ignored !== undefined && (BigInt(`0x${ignored}`) & 1n) === 0n;
  } catch {
    return false;
  }
}

export const processIo: Io = {
  out: (words) => process.stdout.write(words),
  err: (words) => process.stderr.write(words),
  readInput: () => text(process.stdin),
  piped: { out: process.stdout.isTTY !== true, err: process.stderr.isTTY !== true },
  environment: null,
  onStopSignal(listener) {
    let heard = false;
    const onSignal = () => {
      heard = true;
      listener();
    };
    const signals: NodeJS.Signals[] = heedsHangUp() ? ['SIGTERM', 'SIGINT', 'SIGHUP'] : ['SIGTERM', 'SIGINT'];
    for (const signal of signals) process.on(signal, onSignal);
    // npm passes on SIGTERM and SIGINT alone.
    const leaveParent = startedByNpm() ? onParentEnd(() => !heard && listener()) : () => {};
    return () => {
      leaveParent();
      for (const signal of signals) process.off(signal, onSignal);
    };
  },
  exit: (status) => process.exit(status),
};
