import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiFailure, isPassing } from './api-failure.js';

const MOST_RETRIES = 3;
/** Keeps what no view shows any more for so long, in milliseconds. */
const KEPT_MS = 60_000;

/**
 * Makes the memory of one session. Questions are asked again while the trouble may pass; a view's question is
 * cancelled when the view, or what it asks, changes.
 */
export function createQueryClient(onKeyRefused: () => void): QueryClient {
  const onError = (error: unknown) => {
    if (error instanceof ApiFailure && error.kind === 'unauthenticated') onKeyRefused();
  };
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        retry: (count, error) => count < MOST_RETRIES && isPassing(error),
        retryDelay: (count, error) => (error instanceof ApiFailure && error.facts.retryAfterMs) || 1_000 * 2 ** count,
        gcTime: KEPT_MS,
        // What is being read does not move: views refresh by themselves, or when they are told to.
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        networkMode: 'always',
      },
      mutations: { networkMode: 'always' },
    },
  });
}
