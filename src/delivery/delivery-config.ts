import type { HandshakeLimits } from './admission/handshake-limiter.js';
import type { NodeConfig } from './delivery-core.js';
import type { GatewayConfig } from './gateway/gateway.js';

/** Holds every setting of a delivery node. */
export interface DeliveryConfig extends GatewayConfig, HandshakeLimits, NodeConfig {
  /** Serves on for this long after a stop was asked for, so that load balancers notice. In milliseconds. */
  shutdownDelayMs: number;
  /** Spreads the closes of a stop over this long, in milliseconds. */
  shutdownSpreadMs: number;
}
