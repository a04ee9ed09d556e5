import type { ReactNode } from 'react';
import { useCloseByEscape } from './use-close-by-escape.js';
import { useWide } from './use-wide.js';

interface ListAndDetailProps {
  list: ReactNode;
  /** What is open, told whether it stands beside the list; null: nothing is. */
  detail: ((beside: boolean) => ReactNode) | null;
  /** Names what is open, for screen readers. */
  label: string;
  /** URL of the list. */
  back: string;
}

/** Shows what is open beside its list, or in its place where there is no room for both. */
export function ListAndDetail({ list, detail, label, back }: ListAndDetailProps) {
  const wide = useWide();
  useCloseByEscape(detail === null ? null : back);
  if (detail !== null && !wide) return detail(false);
  return (
    <div className={detail === null ? 'one-column' : 'two-columns'}>
      <div className="column">{list}</div>
      {detail !== null && (
        <section className="column column-detail" aria-label={label}>
          {detail(true)}
        </section>
      )}
    </div>
  );
}
