import Sequencer from '@jest/test-sequencer';

/** Names files that take longest, longest first, by the end of their paths. */
const LONGEST = [
  'store/odd-settings.system.test.ts',
  'e2e/page.test.ts',
  'e2e/console/usable.test.ts',
  'embedded/embedded.test.ts',
  'bench/bench.test.ts',
  'faults/short.test.ts',
  'embedded/surroundings.test.ts',
  'api/permissions/permission-matrix.system.test.ts',
  'cli/cli.test.ts',
  'e2e/survival.test.ts',
  'e2e/console/support.test.ts',
  'cli/npm-start.test.ts',
  'e2e/api-page.test.ts',
  'cli/tenant-move.test.ts',
  'live/streams/event-stream.system.test.ts',
  'e2e/console/administration.test.ts',
  'store/message-store/messages.test.ts',
  'cli/transfer.test.ts',
];

const rankOf = ({ path }) => {
  const rank = LONGEST.findIndex((end) => path.endsWith(`/test/${end}`));
  return rank < 0 ? LONGEST.length : rank;
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
