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

/** Holds an implementation to the promises of src/core/ports/stores/message-store.ts. */
export function describeMessageStore(name: string, open: () => Promise<StoreHarness>): void {
  describe(`message store: ${name}`, () => {
    let harness: StoreHarness;
    beforeAll(async () => {
      harness = await open();
    }, 30_000);
    afterAll(() => harness.close());
    const get = () => harness;
    describePushes(get);
    describeDrains(get);
    describeSettling(get);
    describeGlobals(get);
    describeQueries(get);
    describeRetention(get);
    describeAudit(get);
    describeUsage(get);
    describeUsageSums(get);
    describeActivity(get);
  });
}
