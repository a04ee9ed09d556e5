import Sequencer from '@jest/test-sequencer';

/**
 * Names files that collect all garbage, by the end of their paths. That takes long in a process that has run
 * many others.
 */
const FOR_YOUNG_PROCESSES = ['delivery/recording/held-texts.system.test.ts', 'delivery/connection/flow-control.system.test.ts'];

/** Names files that take longest, longest first. */
const LONGEST = [
  'e2e/console/usable.test.ts',
  'embedded/surroundings.test.ts',
  'store/odd-settings.system.test.ts',
  'embedded/embedded.test.ts',
  'bench/bench.test.ts',
  'e2e/page.test.ts',
  'cli/transfer.test.ts',
  'e2e/api-page.test.ts',
  'cli/cli.test.ts',
  'e2e/console/support.test.ts',
  'cli/documented-commands.test.ts',
  'cli/tenant-move.test.ts',
  'faults/short.test.ts',
  'live/streams/event-stream.system.test.ts',
  'support/leash.test.ts',
  'e2e/survival.test.ts',
  'bus/redis-faults.system.test.ts',
  'sdk/package.system.test.ts',
  'e2e/page-firefox.test.ts',
  'cli/npm-start.test.ts',
  'cli/checkout.test.ts',
  'cli/listen.test.ts',
  'e2e/console/administration.test.ts',
  'client/package.test.ts',
  'cli/workers.test.ts',
  'webhooks/sending.system.test.ts',
  'store/message-store/records.test.ts',
];

const EARLY = [...FOR_YOUNG_PROCESSES, ...LONGEST];

const rankOf = ({ path }) => {
  const rank = EARLY.findIndex((end) => path.endsWith(`/test/${end}`));
  return rank < 0 ? EARLY.length : rank;
};

/**
 * Starts with the longest files, so that no worker is left with one at the end. Jest knows how long they took only
 * where it ran before, which is nowhere in CI.
 */
export default class LongestFirst extends Sequencer {
  sort(tests) {
    return super.sort(tests).sort((one, other) => rankOf(one) - rankOf(other));
  }
}
