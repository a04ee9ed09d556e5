import type { Environment } from '../config/index.js';

/** Is a command's way to its process. */
export interface Io {
  out(text: string): void;
  err(text: string): void;
  /** Variables to use instead of the process's own. */
  environment: Environment | null;
  /** Calls the listener at each SIGTERM and SIGINT. Returns a function that ends that. */
  onStopSignal(listener: () => void): () => void;
  /** Ends the process at once. */
  exit(status: number): void;
}

export const processIo: Io = {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  environment: null,
  onStopSignal(listener) {
    const signals = ['SIGTERM', 'SIGINT'] as const;
    for (const signal of signals) process.on(signal, listener);
    return () => {
      for (const signal of signals) process.off(signal, listener);
    };
  },
  exit: (status) => process.exit(status),
};
