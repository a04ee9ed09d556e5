import NodeEnvironment from 'jest-environment-node';

/**
 * Checks at this interval whether jest is still there, in milliseconds. A listener of `disconnect` would
 * keep a worker that is done.
 */
const LOOK_MS = 500;

let watching = false;

/**
 * Ends a worker with jest, however jest ends: open sockets would keep the worker
 * for ever.
 */
export default class WorkerEnvironment extends NodeEnvironment {
  async setup() {
    await super.setup();
    if (watching || !process.connected) return;
    watching = true;
    setInterval(() => process.connected || process.exit(1), LOOK_MS).unref();
  }
}
