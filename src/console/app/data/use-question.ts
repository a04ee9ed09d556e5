import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { useSession } from './key-session.js';
import type { Operation } from './operation.js';

interface QuestionOptions<Data> {
  /** False: it is not asked (yet). */
  enabled?: boolean;
  /** Asks again after so long, in milliseconds, while the page is looked at; false: never. */
  every?: number | false | ((data: Data | undefined) => number | false);
  /** An answer of this age, in milliseconds, is as good as a new one. */
  fresh?: number;
}

/**
 * Asks the API and keeps the answer. Another document or other variables are another question: the former
 * answer leaves at once, and its request is cancelled.
 */
export function useQuestion<Data, Variables>(
  document: Operation<Data, Variables>,
  variables: Variables,
  { enabled = true, every = false, fresh = 0 }: QuestionOptions<Data> = {},
): UseQueryResult<Data> {
  const { ask } = useSession();
  return useQuery<Data>({
    queryKey: [document.text, variables],
    queryFn: ({ signal }) => ask(document, variables, signal),
    enabled,
    staleTime: fresh,
    refetchInterval: typeof every === 'function' ? (query) => every(query.state.data) : every,
  });
}
