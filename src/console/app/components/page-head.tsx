import { type ReactNode, useEffect, useRef } from 'react';

interface PageHeadProps {
  /** Whose data this is, or what. */
  title: ReactNode;
  /** The title of the browser's tab, from the particular to the general. */
  tab: string;
  /** One line below it. */
  note?: ReactNode;
  /** What can be done here. */
  children?: ReactNode;
  level?: 1 | 2;
}

/** Heads a view. Screen readers begin to read there when the view changes. */
export function PageHead({ title, tab, note, children, level = 1 }: PageHeadProps) {
  const Heading = `h${level}` as const;
  usePageTitle(tab);
  return (
    <div className="page-head">
      <div className="page-head-words">
        <Heading>{title}</Heading>
        {note && <div className="dim">{note}</div>}
      </div>
      {children && <div className="page-head-tools">{children}</div>}
    </div>
  );
}

// The innermost head that is shown names the tab: a message over the list it stands beside.
const titles: string[] = [];

function usePageTitle(tab: string): void {
  const own = useRef(tab);
  own.current = tab;
  useEffect(() => {
    titles.push(tab);
    showTitle();
    return () => {
      titles.splice(titles.lastIndexOf(tab), 1);
      showTitle();
    };
  }, [tab]);
}

function showTitle(): void {
  const top = titles.at(-1);
  document.title = top === undefined ? 'Tidings' : `${top} · Tidings`;
}
