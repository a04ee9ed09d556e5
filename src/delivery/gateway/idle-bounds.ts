import { callerOf } from '../../core/validation/caller-address.js';
import { IdleSockets } from '../../lib/http/idle-sockets.js';
import { createProxyCheck } from '../../lib/http/source-address.js';

/** Bounds the sockets that have no request under way: as many as connections, within these. */
const MOST = { atLeast: 1_000, atMost: 10_000 };
/**
 * Gives one address this part of them: the users of a company share one, and come back all at once after an
 * outage. On a busy machine the head of a request may then be seconds behind its socket.
 */
const PART_OF_CALLER = 1 / 4;

interface IdleBoundsDeps {
  config: { readonly maxConnections: number; readonly trustProxy: readonly string[] };
  now(): number;
  /** Hears of each socket that was closed. */
  onClosed(): void;
}

/** Bounds the sockets of the node's port whose client asks nothing. */
export function boundIdleSockets({ config, now, onClosed }: IdleBoundsDeps): IdleSockets {
  const isProxy = createProxyCheck(config.trustProxy);
  const most = Math.min(MOST.atMost, Math.max(MOST.atLeast, config.maxConnections));
  return new IdleSockets({
    limits: { most, mostOfCaller: most * PART_OF_CALLER },
    callerOf: (address) => (isProxy(address) ? null : callerOf(address)),
    now,
    onClosed,
  });
}
