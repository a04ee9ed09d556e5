import { useEffect } from 'react';
import { go } from '../../data/hash-location.js';

/** Lets Escape close what is open beside a list. @param back URL of the list; null: nothing is open */
export function useCloseByEscape(back: string | null): void {
  useEffect(() => {
    if (back === null) return;
    const onKey = (event: KeyboardEvent) => {
      // A dialog or a field that is open takes the key first.
      if (event.key !== 'Escape' || event.defaultPrevented || document.querySelector('[role=alertdialog], [role=dialog]')) return;
      go(back);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [back]);
}
