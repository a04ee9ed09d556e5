import NodeEnvironment from 'jest-environment-node';

/**
 * Looks at this interval whether jest is still there, in milliseconds. A listener of `disconnect` would
 * keep a worker that is done.
 */
const LOOK_MS = 500;

let watching = false;

/**
 * Node's environment in a worker that ends with jest, however that ends: open sockets would keep the worker
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
