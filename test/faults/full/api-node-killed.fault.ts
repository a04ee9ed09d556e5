import { until } from '../../support/index.js';
import { Load } from '../lib/load.js';
import type { Fault } from './fault.js';
import { RETRY_FOR_MS } from './stage.js';

const CALLS = 1000;
/** Kills a node after this many more answers. */
const BETWEEN = 150;

/**
 * Kills API nodes. A call without an answer may or may not have counted; repeated with its idempotency key
 * it counts exactly once.
 */
export const apiNodeKilled: Fault = {
  name: 'api-node-killed',
  about: `kill -9 of an API node, again and again, in the middle of ${CALLS} calls with idempotency keys`,
  async run(stage) {
    const { api, apiNodes } = stage.installation;
    const { ledger, recipients } = stage;
    const burst = new Load({ api, ledger, recipients, pushesPerSecond: 400, calls: CALLS, retryForMs: RETRY_FOR_MS });
    burst.start();
    let kills = 0;
    for (let goal = BETWEEN; goal < CALLS; goal += BETWEEN) {
      await until('calls to be answered', () => burst.answered >= goal, 60_000);
      const victim = apiNodes[kills++ % apiNodes.length];
      await victim?.kill();
      await victim?.restart();
    }
    await until('all calls to be answered', () => burst.answered === CALLS, 60_000).catch(() => {});
    const { refusals, answered } = await burst.stop();
    stage.require(answered === CALLS, `${answered} of ${CALLS} calls were answered: ${JSON.stringify(refusals)}`);
    const broken = Object.values(refusals).reduce((sum, n) => sum + n, 0);
    stage.note(`${answered} of ${CALLS} answered, after ${broken} attempts that were not; ${kills} kills`);
  },
  soak: true,
};
