import { useEffect, useRef } from 'react';
import { Button } from '../button.js';
import { Loading, Problem } from '../states.js';

interface MoreProps {
  hasMore: boolean;
  loading: boolean;
  /** Why the next page did not come. */
  error: Error | null;
  onMore: () => void;
}

/** Asks for the next page before its place is reached, in pixels. */
const AHEAD = '600px';

/** Ends a list: gets more of it as it is scrolled into sight, or pressed. */
export function More({ hasMore, loading, error, onMore }: MoreProps) {
  const end = useRef<HTMLDivElement>(null);
  const latest = useRef(onMore);
  latest.current = onMore;

  useEffect(() => {
    if (!hasMore || loading || error || !end.current) return;
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && latest.current(), { rootMargin: AHEAD });
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [hasMore, loading, error]);

  if (error) return <Problem error={error} onRetry={onMore} />;
  if (!hasMore) return null;
  return (
    <div ref={end} className="more">
      {loading ? <Loading shape="line" /> : <Button onClick={onMore}>Show more</Button>}
    </div>
  );
}
