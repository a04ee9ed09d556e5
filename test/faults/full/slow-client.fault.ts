import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../../support/index.js';
import { ClientGroup } from '../lib/client-group.js';
import { quantile } from '../lib/ledger.js';
import { Passages } from '../lib/passages.js';
import { push } from '../lib/push.js';
import { names, register } from '../lib/registrations.js';
import type { Fault } from './fault.js';
import { ms } from './table.js';

const FAST = 999;
/** Counts the rounds: one stretch in which the client is slow, and one in which it is not. */
const ROUNDS = 16;
/** Lets the slow client not read at all before a stretch, in milliseconds. */
const LEAD_MS = 2_000;
const STRETCH_MS = 4_000;
/** Pushes so often that the p99 of a stretch is more than its one unlucky push. */
const PUSH_EVERY_MS = 10;
const RECIPIENTS_PER_PUSH = 10;
/** Pushes to the slow client after this many pushes to the fast ones. */
const PUSHES_PER_SLOW_ONE = 5;
/**
 * Gets the slow client 1.2 MB/s. In the lead it falls behind by twice what may be unconfirmed, so that the
 * rest waits in the database; then it reads 1.3 MB/s, and stays behind while as much is sent to it as when
 * it is not slow.
 */
const SLOW_CHARS = 60_000;
const CHUNK_EVERY_MS = 50;
const MAX_RATIO = 1.2;

/** Runs all on one node, since a client can only harm those of its node. */
export const slowClient: Fault = {
  name: 'slow-client',
  about: `one slow client among ${FAST} fast ones`,
  stage: { clients: 2, pushesPerSecond: 2, apiNodes: 1, deliveryNodes: 1 },
  async run(stage) {
    const { installation, ledger } = stage;
    const { api } = installation;
    const passages = new Passages(ledger);
    const urls = installation.deliveryNodes.map(({ url }) => url);
    const recipients = names('fast', FAST);
    const fast = await ClientGroup.start({ clients: await register(api, recipients), urls, ledger: passages });
    stage.atEnd(() => fast.stop());
    const slow = await ClientGroup.start({ clients: await register(api, ['slow']), urls, ledger: passages });
    stage.atEnd(() => slow.stop());
    await Promise.all([fast.opened(FAST), slow.opened(1)]);
    let [texts, textsForSlow] = [0, 0];

    /** Holds the milliseconds from a push's begin to each arrival. */
    const stretch = async (isSlow: boolean): Promise<number[]> => {
      slow.read(!isSlow);
      let reading: NodeJS.Timeout | undefined;
      let from = Number.POSITIVE_INFINITY;
      const begun = performance.now();
      for (let n = 0; n * PUSH_EVERY_MS < LEAD_MS + STRETCH_MS; n++) {
        const wait = begun + n * PUSH_EVERY_MS - performance.now();
        if (wait > 0) await delay(wait);
        if (n * PUSH_EVERY_MS === LEAD_MS) {
          from = performance.now();
          if (isSlow) reading = setInterval(() => slow.readChunk(), CHUNK_EVERY_MS);
        }
        const first = (n * RECIPIENTS_PER_PUSH) % FAST;
        await push(api, passages, recipients.slice(first, first + RECIPIENTS_PER_PUSH), `to the fast ${texts++}`);
        // Both kinds of stretches push as much; they differ in whether it is read.
        if (n % PUSHES_PER_SLOW_ONE === 0)
          await push(api, passages, ['slow'], `to the slow ${textsForSlow++}`.padEnd(SLOW_CHARS, '.'));
      }
      const to = performance.now();
      clearInterval(reading);
      slow.read(true);
      // Each stretch begins when the one before has left nothing.
      await until('all to have theirs', () => ledger.outstanding().length === 0);
      const all = recipients.flatMap((recipient) => passages.of(recipient, from, to));
      return all.map(({ begunAt, arrivedAt }) => (arrivedAt ?? Number.POSITIVE_INFINITY) - begunAt).sort((a, b) => a - b);
    };

    await stretch(false);
    const ratios: number[] = [];
    const p99s: Record<'with' | 'without', number[]> = { with: [], without: [] };
    for (let round = 0; round < ROUNDS; round++) {
      // The order changes, so that neither kind is always the one after the other.
      const slowFirst = round % 2 === 0;
      const [one, other] = [quantile(await stretch(slowFirst), 0.99), quantile(await stretch(!slowFirst), 0.99)];
      const [withSlow, without] = slowFirst ? [one, other] : [other, one];
      p99s.with.push(withSlow);
      p99s.without.push(without);
      ratios.push(withSlow / without);
    }
    stage.ended();
    const median = (values: number[]) =>
      quantile(
        values.sort((a, b) => a - b),
        0.5,
      );
    // Neighbouring stretches are compared, so that other work of the machine weighs on both alike.
    const ratio = median(ratios);
    stage.note(
      `p99 of the others ${ms(median(p99s.with))} with it, ${ms(median(p99s.without))} without; ratio ${ratio.toFixed(2)}`,
    );
    stage.require(ratio < MAX_RATIO, `the p99 of the others was ${ratio.toFixed(2)} times what it is without`);
  },
};
