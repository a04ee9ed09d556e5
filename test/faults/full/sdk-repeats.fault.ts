import { randomUUID } from 'node:crypto';
import { Tidings } from '../../../packages/sdk/src/index.js';
import { until } from '../../support/index.js';
import type { Fault } from './fault.js';
import { RETRY_FOR_MS } from './stage.js';

const PUSHES = 10_000;
/** Kills a node after this many more answers. */
const BETWEEN = 1_500;

/**
 * Kills API nodes under a backend that uses the SDK and does nothing about failures itself. Behind a load balancer each
 * attempt may reach another node; the key that the SDK makes has each push counted once.
 */
export const sdkRepeats: Fault = {
  name: 'sdk-repeats',
  about: `kill -9 of an API node, again and again, in the middle of ${PUSHES} pushes by the SDK`,
  async run(stage) {
    const { api, apiNodes } = stage.installation;
    const { ledger, recipients } = stage;
    let [turn, repeated, answered] = [0, 0, 0];
    const failures: unknown[] = [];
    const tidings = new Tidings({
      url: 'http://balancer.invalid',
      apiKey: api.key,
      timeoutMs: 10_000,
      retryForMs: RETRY_FOR_MS,
      maxConcurrentCalls: 32,
      fetch: (_url, init) => fetch(`${apiNodes[turn++ % apiNodes.length]?.url}/graphql`, init),
      onRetry: () => {
        repeated++;
      },
    });
    const pushes = Array.from({ length: PUSHES }, async (_, n) => {
      const text = `sdk ${n} ${randomUUID()}`;
      const recipient = recipients[n % recipients.length] as string;
      ledger.tried(text);
      const [entry] = await tidings.pushMessage({ recipients: [recipient], message: text });
      if (entry?.item) ledger.accepted({ id: entry.item.id, recipient, text });
      else failures.push(entry?.error);
      answered++;
    });
    const all = Promise.all(pushes.map((pushed) => pushed.catch((error: unknown) => failures.push(error))));
    let kills = 0;
    for (let goal = BETWEEN; goal < PUSHES; goal += BETWEEN) {
      await until('pushes to be answered', () => answered + failures.length >= goal, 120_000);
      const victim = apiNodes[kills++ % apiNodes.length];
      await victim?.kill();
      await victim?.restart();
    }
    await all;
    stage.require(failures.length === 0, `${failures.length} pushes failed, the first with ${failures[0]}`);
    stage.require(repeated > 0, 'no push had to be repeated: the nodes were killed in vain');
    stage.note(`${answered} of ${PUSHES} answered, after ${repeated} attempts that were not; ${kills} kills`);
  },
};
