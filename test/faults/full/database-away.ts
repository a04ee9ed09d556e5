import { until } from '../../support/index.js';
import type { Fault } from './fault.js';
import type { Stage, StageOptions } from './stage.js';
import { ms } from './table.js';

/**
 * Limits the time until a push is refused, and until one succeeds once the database is back, in
 * milliseconds.
 */
const BOUND_MS = 5_000;
/** Adds the round trip and a busy machine, in milliseconds. */
const SLACK_MS = 500;
const ALLOWED = ['SERVICE_UNAVAILABLE NOT_ACCEPTED', 'SERVICE_UNAVAILABLE UNKNOWN'];

export interface Outage extends Pick<Fault, 'name' | 'about' | 'startServers' | 'soak'> {
  stage?: StageOptions;
  /** Returns when the database is back, or could be. */
  attack(stage: Stage): Promise<void>;
}

/**
 * Takes the database away for a time: refusals are clean and quick, connections stay, and work goes on soon
 * after.
 */
export function outage({ attack, ...fault }: Outage): Fault {
  return {
    ...fault,
    async run(stage) {
      const begun = performance.now();
      const losses = stage.losses;
      await attack(stage);
      stage.ended();
      const back = stage.endedAt;
      await until('pushes to be accepted again', () => stage.firstAnswerAfter(back) < Number.POSITIVE_INFINITY, 60_000);
      const first = stage.firstAnswerAfter(back);
      stage.note(`first success ${ms(first)} after its return`);
      stage.require(first <= BOUND_MS, `the first push succeeded ${ms(first)} after the return`);

      const refused = stage.load.attempts.filter(({ begunAt, result }) => begunAt >= begun && result !== 'OK');
      const wrong = refused.filter(({ result }) => !ALLOWED.includes(result));
      stage.require(
        wrong.length === 0,
        `${wrong.length} calls failed otherwise than by SERVICE_UNAVAILABLE: ${wrong[0]?.result}`,
      );
      const slowest = Math.max(0, ...refused.map((attempt) => attempt.ms));
      stage.note(`${refused.length} refusals, the slowest after ${ms(slowest)}`);
      stage.require(slowest <= BOUND_MS + SLACK_MS, `a refusal took ${ms(slowest)}`);

      const lost = stage.losses - losses;
      stage.note(`${lost} of ${stage.clients.length} sockets closed`);
      stage.require(lost <= stage.clients.length / 100, `${lost} of ${stage.clients.length} sockets were closed`);
    },
  };
}

/** Requires that every node says that it is ready and that its database is away. */
export async function showsDegraded(stage: Stage): Promise<void> {
  for (const node of stage.installation.nodes) {
    let seen = await node.readyz();
    const names = () => seen?.status === 200 && seen.degraded.includes('database');
    await until(
      'the node to name its database',
      async () => {
        seen = await node.readyz();
        return names();
      },
      8_000,
    ).catch(() => {});
    stage.require(names(), `/readyz of the ${node.role} node says ${JSON.stringify(seen)}`);
  }
}
