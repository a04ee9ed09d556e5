import * as Dialog from '@radix-ui/react-dialog';
import type { FormEvent, ReactElement, ReactNode } from 'react';
import { Button } from '../button.js';
import { Problem } from '../states.js';
import { useReturnFocus } from './use-return-focus.js';

interface DialogFrameProps {
  title: string;
  /** What it does, or what will happen. */
  description: ReactElement;
  role?: 'alertdialog';
  /** Its fields. */
  children: ReactNode;
  /** The word on the button that does it. */
  action: string;
  look: 'danger' | 'primary';
  busy: boolean;
  /** Something is missing. */
  incomplete: boolean;
  error: Error | null;
  /** Stands in place of the form once it was done: then no press beside it closes it. */
  made?: ReactNode;
  onSubmit: () => void;
  onClose: () => void;
}

/** Is a form in a dialog. Escape, and a press beside it, leave all as it was. */
export function DialogFrame(props: DialogFrameProps) {
  const { title, description, children, action, look, busy, incomplete, error, made, onSubmit, onClose, ...rest } = props;
  const returnFocus = useReturnFocus();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!busy && !incomplete) onSubmit();
  };
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="veil" />
        <Dialog.Content
          className="dialog"
          onCloseAutoFocus={returnFocus}
          onInteractOutside={(event) => made && event.preventDefault()}
          {...rest}
        >
          {made ?? (
            <form onSubmit={submit}>
              <Dialog.Title className="dialog-title">{title}</Dialog.Title>
              <Dialog.Description asChild>{description}</Dialog.Description>
              {children}
              {error && <Problem error={error} />}
              <div className="dialog-buttons">
                <Button onClick={onClose}>Leave it as it is</Button>
                <Button type="submit" look={look} disabled={busy || incomplete}>
                  {action}
                </Button>
              </div>
            </form>
          )}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
