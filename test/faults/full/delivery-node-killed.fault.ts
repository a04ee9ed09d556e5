import { quantile } from '../lib/ledger.js';
import type { Fault } from './fault.js';
import { ms } from './table.js';

const TIMES = 10;

/** Kills a delivery node. Its clients come back to another node and drain there. */
export const deliveryNodeKilled: Fault = {
  name: 'delivery-node-killed',
  about: `kill -9 of a delivery node, ${TIMES} times at random moments`,
  async run(stage) {
    for (let i = 0; i < TIMES; i++) {
      const nodes = stage.installation.deliveryNodes;
      const victim = nodes[Math.floor(Math.random() * nodes.length)];
      await victim?.kill();
      await stage.accepted(1 + Math.floor(Math.random() * stage.pushesPerSecond));
      await victim?.restart();
      await stage.accepted(1 + Math.floor(Math.random() * stage.pushesPerSecond));
    }
  },
  check(stage) {
    const p99 = quantile(stage.backAfterMs, 0.99);
    stage.require(p99 < 3000, `the p99 of coming back is ${ms(p99)}`);
  },
  soak: true,
};
