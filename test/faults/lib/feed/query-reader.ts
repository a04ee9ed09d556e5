import { setTimeout as delay } from 'node:timers/promises';
import type { Api } from '../api.js';
import type { FeedReader, ReadEvent } from './feed-reader.js';

const PAGE = 'query ($after: ID) { statusEvents(after: $after, limit: 500) { items { id type messageId at } next more } }';
const PAUSE_MS = 50;
const RETRY_MS = 100;

interface Page {
  statusEvents: { items: ReadEvent[]; next: string; more: boolean };
}

/** Reads by the query, again and again. */
export function startQueryReader(api: Api): FeedReader {
  const events: ReadEvent[] = [];
  const cameAt: number[] = [];
  let stopping = false;
  let failed = 0;
  const reading = (async () => {
    for (let after: string | null = null; ; ) {
      const last = stopping;
      const page: Page | null = await api.call<Page>(PAGE, { after }, 5_000).catch(() => null);
      if (page === null) {
        failed++;
        await delay(RETRY_MS);
        continue;
      }
      const now = Date.now();
      for (const event of page.statusEvents.items) {
        events.push(event);
        cameAt.push(now);
      }
      after = page.statusEvents.next;
      if (page.statusEvents.more) continue;
      if (last) return;
      await delay(PAUSE_MS);
    }
  })();
  return {
    name: 'query',
    order: 'feed',
    events,
    cameAt,
    breaches: [],
    get story() {
      return `${failed} calls failed`;
    },
    async stop() {
      stopping = true;
      await reading;
    },
  };
}
