import type { Fault } from './fault.js';
import { ms } from './table.js';

const EXIT_MS = 15_000;

/** Restarts all nodes in turn, as a deploy does. */
export const rollingRestart: Fault = {
  name: 'rolling-restart',
  about: 'SIGTERM and restart of every node in turn',
  async run(stage) {
    let slowest = 0;
    for (const node of stage.installation.nodes) {
      const { status, ms: took } = await node.terminate();
      slowest = Math.max(slowest, took);
      stage.require(status === 0, `the ${node.role} node ended with status ${status}`);
      await node.restart();
    }
    stage.note(`the slowest exit took ${ms(slowest)}`);
    stage.require(slowest <= EXIT_MS, `a node took ${ms(slowest)} to exit`);
  },
  check(stage) {
    const { repeats } = stage.verdict;
    stage.require(repeats === 0, `${repeats} messages came twice`);
    const others = Object.keys(stage.report.refusals).filter((what) => what !== 'network');
    stage.require(others.length === 0, `pushes were refused by nodes that were there: ${others.join(', ')}`);
  },
  soak: true,
};
