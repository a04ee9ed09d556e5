import Sequencer from '@jest/test-sequencer';

/**
 * Names files that collect all garbage, by the end of their paths. That takes long in a process that has run
 * many others.
 */
const FOR_YOUNG_PROCESSES = ['delivery/recording/held-texts.system.test.ts', 'delivery/connection/flow-control.system.test.ts'];

/** Names files that take longest, longest first. */
const LONGEST = [
  'embedded/surroundings.test.ts',
  'e2e/console/usable.test.ts',
  'cli/transfer.test.ts',
  'embedded/embedded.test.ts',
  'bench/bench.test.ts',
  'cli/cli.test.ts',
  'store/odd-settings.system.test.ts',
  'e2e/console/support.test.ts',
  'cli/documented-commands.test.ts',
  'e2e/api-page.test.ts',
  'e2e/page.test.ts',
  'live/streams/event-stream.system.test.ts',
  'e2e/console/administration.test.ts',
  'client/package.test.ts',
  'faults/short.test.ts',
  'bus/redis-faults.system.test.ts',
  'cli/tenant-move.test.ts',
  'webhooks/sending.system.test.ts',
  'cli/workers.test.ts',
  'limits/killed-redis.system.test.ts',
  'cli/npm-start.test.ts',
  'api/permissions/permission-matrix.system.test.ts',
  'store/message-store/messages.test.ts',
  'cli/checkout.test.ts',
  'live/guide-record-page.system.test.ts',
  'delivery/presence.system.test.ts',
  'store/database/database.system.test.ts',
  'cli/first-start.test.ts',
  'cli/doctor.test.ts',
  'e2e/page-firefox.test.ts',
  'e2e/survival.test.ts',
  'support/leash.test.ts',
  'store/outage.system.test.ts',
  'live/two-nodes.system.test.ts',
  'client/product.test.ts',
  'live/guide-migration-pages.system.test.ts',
  'api/sse/killed-node.system.test.ts',
  'cli/listen.test.ts',
  'client/tabs.test.ts',
  'bus/redis-sentinel.system.test.ts',
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
