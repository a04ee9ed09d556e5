/** Gives a client this long to send the head of a request, idle time before it included, in milliseconds. */
const HEAD_MS = 15_000;
/** Looks this often for those that took longer, in milliseconds: Node would every 30 s. */
const LOOK_MS = 500;

/**
 * Returns the options of an HTTP server that closes connections whose request does not come. Connections
 * between two requests have a bound of their own.
 */
export const headTimeouts = (headMs = HEAD_MS) => ({
  headersTimeout: headMs,
  connectionsCheckingInterval: Math.min(headMs, LOOK_MS),
});
