import { deliveryNodeKilled } from './delivery-node-killed.fault.js';
import type { Fault } from './fault.js';

/** In the order in which they are run. */
export const FAULTS: readonly Fault[] = [deliveryNodeKilled];
