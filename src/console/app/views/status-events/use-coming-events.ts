import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { ApiFailure } from '../../data/api-failure.js';
import { follow } from '../../data/event-follower.js';
import { useSession } from '../../data/key-session.js';
import type { Options } from '../../data/view-url.js';
import { COMING_EVENTS, type EventRow, eventsFilterOf, FILTERS, PAGE, STATUS_FEED } from './status-events-question.js';

/** Shows so many events, then follows no longer. */
export const MOST_COMING = 1_000;

interface Coming {
  /** Each but the last is full, and stays as it is. */
  pages: readonly (readonly EventRow[])[];
  rows: number;
  error: Error | null;
}

const NOTHING: Coming = { pages: [], rows: 0, error: null };

/** Follows status events from now on. @param round another one begins anew */
export function useComingEvents(options: Options, round: number): Coming {
  const { secret, leave } = useSession();
  const client = useQueryClient();
  const [coming, setComing] = useState(NOTHING);
  const question = FILTERS.map((name) => options[name] ?? '').join('\n');
  useEffect(() => {
    const { signal, end } = endable();
    setComing(NOTHING);
    const read = async () => {
      let rows = 0;
      for await (const event of follow(secret, COMING_EVENTS, { filter: eventsFilterOf(options) }, signal)) {
        setComing((before) => withEvent(before, event));
        rows++;
        if (rows >= MOST_COMING) return;
      }
      // The service says so when status events are switched off.
      await client.invalidateQueries({ queryKey: [STATUS_FEED.text] });
    };
    read().catch((error: Error) => {
      if (signal.aborted) return;
      if (error instanceof ApiFailure && error.kind === 'unauthenticated') leave('refused');
      else setComing((before) => ({ ...before, error }));
    });
    return end;
  }, [question, round, secret]);
  return coming;
}

function endable(): { signal: AbortSignal; end: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, end: () => controller.abort() };
}

function withEvent({ pages, rows }: Coming, event: EventRow): Coming {
  const last = pages.at(-1) ?? [];
  const isFull = last.length === 0 || last.length >= PAGE;
  return { pages: isFull ? [...pages, [event]] : [...pages.slice(0, -1), [...last, event]], rows: rows + 1, error: null };
}
