import { useState } from 'react';

/** Puts the focus back to where it was before a dialog opened, for its `onCloseAutoFocus`. */
export function useReturnFocus(): (event: Event) => void {
  const [before] = useState(() => document.activeElement);
  return (event) => {
    event.preventDefault();
    if (before instanceof HTMLElement && before.isConnected) before.focus();
  };
}
