import { afterAll, beforeAll, describe } from '@jest/globals';
import { describeActivity } from './message-store-activity.js';
import { describeAudit } from './message-store-audit.js';
import { describeDrains } from './message-store-drains.js';
import { describeGlobals } from './message-store-globals.js';
import { describePushes } from './message-store-pushes.js';
import { describeQueries } from './message-store-queries.js';
import { describeRetention } from './message-store-retention.js';
import { describeSettling } from './message-store-settling.js';
import { describeUsage } from './message-store-usage.js';
import { describeUsageSums } from './message-store-usage-sums.js';
import type { StoreHarness } from './store-harness.js';

/** Holds an implementation to what src/core/ports/stores/message-store.ts promises of messages. */
export const describeMessages = describeParts([
  describePushes,
  describeDrains,
  describeSettling,
  describeGlobals,
  describeQueries,
  describeRetention,
]);

/** Holds it to what is promised of the records beside them. */
export const describeRecords = describeParts([describeAudit, describeUsage, describeUsageSums, describeActivity]);

function describeParts(parts: ReadonlyArray<(get: () => StoreHarness) => void>) {
  return (name: string, open: () => Promise<StoreHarness>): void => {
    describe(`message store: ${name}`, () => {
      let harness: StoreHarness;
      beforeAll(async () => {
        harness = await open();
      }, 30_000);
      afterAll(() => harness.close());
      for (const describePart of parts) describePart(() => harness);
    });
  };
}
