import { Tidings } from '../../../../packages/sdk/src/index.js';
import { until } from '../../../support/index.js';
import type { Api } from '../api.js';
import type { FeedReader, ReadEvent } from './feed-reader.js';

/** Cuts each connection after this, in milliseconds, if nothing else has. */
const CUT_AFTER_MS = 7_000;
/** A reader that begins again after an outage of half a minute has so long to come to the end, in milliseconds. */
const END_MS = 90_000;

const REST = 'query ($after: ID) { statusEvents(after: $after, limit: 1) { items { id } more } }';

/**
 * Follows by the subscription with the SDK, which comes back by `Last-Event-ID`: to the API nodes in turn, and often.
 *
 * @param urls of the API nodes, without a path
 */
export async function startStreamReader(api: Api, urls: () => readonly string[]): Promise<FeedReader> {
  const events: ReadEvent[] = [];
  const cameAt: number[] = [];
  const breaches: string[] = [];
  let [tries, resumed] = [0, 0];
  let hasBegun = false;
  const tidings = new Tidings({
    url: urls()[0] as string,
    apiKey: api.key,
    fetch: async (url, { signal, headers, ...init }) => {
      const all = urls();
      const node = all[tries++ % all.length] as string;
      const cut = AbortSignal.timeout(CUT_AFTER_MS);
      const response = await fetch(node + new URL(url).pathname, {
        ...{ ...init, headers: headers ?? {} },
        signal: signal ? AbortSignal.any([signal, cut]) : cut,
      });
      if (response.ok && new Headers(headers).has('last-event-id')) resumed++;
      hasBegun ||= response.ok;
      return response;
    },
  });
  const stopped = new AbortController();
  const reading = (async () => {
    try {
      for await (const event of tidings.subscribeStatusEvents({}, { signal: stopped.signal })) {
        events.push(event);
        cameAt.push(Date.now());
      }
      breaches.push('the subscription was completed');
    } catch (error) {
      if (!stopped.signal.aborted) breaches.push(`the subscription ended: ${error}`);
    }
  })();
  await until('the subscription to begin', () => hasBegun || breaches.length > 0);
  return {
    name: 'subscription',
    order: 'feed',
    events,
    cameAt,
    breaches,
    get story() {
      return `${resumed} of ${tries} connections resumed by Last-Event-ID`;
    },
    async stop() {
      await until(
        'the subscription to have told all',
        async () => {
          if (breaches.length > 0) return true;
          const after = events.at(-1)?.id ?? null;
          const { statusEvents } = await api.call<{ statusEvents: { items: unknown[]; more: boolean } }>(REST, { after });
          return statusEvents.items.length === 0 && !statusEvents.more;
        },
        END_MS,
      );
      stopped.abort();
      await reading;
    },
  };
}
