import { post } from '../lib/caller-loops.js';
import { connectAll } from '../lib/load-client.js';
import { type Measure, type Result, unjudged } from '../lib/measure.js';
import { startBenchProduct } from '../lib/product.js';
import { recipientNames } from '../lib/recipients.js';
import { number, percentile } from '../lib/table.js';

/** Lists this many messages, each of another recipient: one document may ask for no more reasons. */
const PAGE = 100;
const TEXT = 'x'.repeat(200);
/** Reads this many pages of each kind before measuring: a Node process compiles while it answers its first ones. */
const WARM_UP = 300;

const pageBody = (fields: string) =>
  JSON.stringify({
    query: `{ messages(filter: { status: PENDING }, limit: ${PAGE}) { items { id recipient createdAt ${fields} } } }`,
  });

const pushBody = (recipients: readonly string[]) =>
  JSON.stringify({
    query: 'mutation($input: MessageInput!) { pushMessage(input: $input) { item { id } error { code } } }',
    variables: { input: { recipients, message: TEXT, topic: 'security' } },
  });

const PAGES = { plain: pageBody(''), reasons: pageBody('pendingReason { code since text }') } as const;

/**
 * Measures with one caller. Pages with and without reasons take turns. Half of the recipients are connected to
 * two delivery nodes, for another topic, so nothing is delivered and each kind of look-up is needed.
 */
export const reasons: Measure = {
  name: 'reasons',
  about: 'ms for a page of 100 waiting `messages` of 100 recipients, with `pendingReason` and without',
  placement: 'Nothing is pinned: an API node, two delivery nodes, PostgreSQL, Redis and the caller share both cores',
  minutes: 4,
  async run({ progress, quick }) {
    const product = await startBenchProduct({ deliveryNodes: 2 });
    const recipients = recipientNames(PAGE);
    const there = recipients.filter((_, i) => i % 2 === 0);
    const targets = await product.targets(there, { topic: 'news' });
    const clients = await Promise.all(
      product.deliveryPorts.map((port, node) =>
        connectAll(
          port,
          targets.filter((_, i) => i % 2 === node),
        ),
      ),
    );
    const caller = product.caller();
    await post(caller, pushBody(recipients));
    const times: Record<keyof typeof PAGES, number[]> = { plain: [], reasons: [] };
    const count = quick ? 100 : 2_000;
    progress(`${number(count)} pages of each kind, in turns`);
    for (let i = -WARM_UP; i < count; i++) {
      for (const kind of ['plain', 'reasons'] as const) {
        const began = performance.now();
        const answer = await post(caller, PAGES[kind]);
        if (i >= 0) times[kind].push(performance.now() - began);
        if (i === 0 && kind === 'reasons') verify(answer);
      }
    }
    caller.close();
    for (const client of clients) await client.stop();
    await product.stop();
    return resultOf(times);
  },
};

/** Throws unless each half has its own reason: a page without reasons would be fast for nothing. */
function verify(answer: string): void {
  const of = (code: string) => answer.split(`"code":"${code}"`).length - 1;
  if (of('OTHER_TOPIC') !== PAGE / 2 || of('NOT_CONNECTED') !== PAGE / 2)
    throw new Error(`unexpected reasons: ${answer.slice(0, 300)}`);
}

function resultOf(times: Record<keyof typeof PAGES, number[]>): Result {
  const row = (page: string, values: readonly number[]) => ({
    page,
    'p50 ms': number(percentile(values, 0.5)),
    'p99 ms': number(percentile(values, 0.99)),
  });
  const [plain, asked] = [percentile(times.plain, 0.99), percentile(times.reasons, 0.99)];
  const found = `p99 ${number(asked)} ms, without ${number(plain)} ms`;
  return {
    rows: [row('without reasons', times.plain), row('with 100 reasons', times.reasons)],
    verdicts: [{ ...unjudged('a page of 100 with reasons', found, 'beside the page without'), met: true }],
    figures: { 'p99 ms without reasons': plain, 'p99 ms with 100 reasons': asked },
  };
}
