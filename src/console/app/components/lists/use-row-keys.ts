import { useEffect } from 'react';
import { isTyping } from './is-typing.js';

/** Marks what `j` and `k` step through. */
export const ROW = { 'data-row': '' } as const;

/** Lets `j` and `k` step through the rows of the page, as the arrow keys of a reader would. */
export function useRowKeys(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return;
      const step = { j: 1, k: -1 }[event.key];
      if (step === undefined) return;
      const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')];
      const place = rows.indexOf(document.activeElement as HTMLElement);
      const next = rows[place === -1 ? 0 : place + step];
      next?.focus();
      next?.scrollIntoView({ block: 'nearest' });
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
}
