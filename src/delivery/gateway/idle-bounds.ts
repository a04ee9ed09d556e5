import { callerOf } from '../../core/validation/caller-address.js';
import { IdleSockets } from '../../lib/http/idle-sockets.js';
import { createProxyCheck } from '../../lib/http/source-address.js';

/** Bounds the sockets of one address that have no request under way. */
const MAX_OF_CALLER = 256;
/** Bounds them in all: as many as connections, within these. */
const MOST = { atLeast: 1_000, atMost: 10_000 };

interface IdleBoundsDeps {
  config: { readonly maxConnections: number; readonly trustProxy: readonly string[] };
  now(): number;
  /** Hears of each socket that was closed. */
  onClosed(): void;
}

/** Bounds the sockets of the node's port whose client asks nothing. */
export function boundIdleSockets({ config, now, onClosed }: IdleBoundsDeps): IdleSockets {
  const isProxy = createProxyCheck(config.trustProxy);
  return new IdleSockets({
    limits: { most: Math.min(MOST.atMost, Math.max(MOST.atLeast, config.maxConnections)), mostOfCaller: MAX_OF_CALLER },
    callerOf: (address) => (isProxy(address) ? null : callerOf(address)),
    now,
    onClosed,
  });
}
