import { useQuery } from '@tanstack/react-query';
import { useSession } from './key-session.js';
import { RECIPIENTS } from './names-question.js';

/** Keeps suggestions for so long, in milliseconds: the same letters are typed again and again. */
const FRESH_MS = 10_000;

interface NamesLike {
  names: readonly string[];
  known: boolean;
  loading: boolean;
}

/** Names that have messages and begin like this; none where the key may not ask, or nothing is typed. */
export function useNamesLike(startsWith: string, limit: number): NamesLike {
  const { ask, may } = useSession();
  const enabled = startsWith !== '' && may('query', 'recipients');
  const { data, isLoading: loading } = useQuery({
    queryKey: [RECIPIENTS.text, startsWith, limit],
    queryFn: ({ signal }) => ask(RECIPIENTS, { startsWith, limit }, signal),
    enabled,
    staleTime: FRESH_MS,
  });
  return { names: (enabled ? data?.recipients : null) ?? [], known: enabled && data !== undefined, loading };
}
