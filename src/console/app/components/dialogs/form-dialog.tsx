import * as Dialog from '@radix-ui/react-dialog';
import type { FormEvent, ReactNode } from 'react';
import { Button } from '../button.js';
import { Problem } from '../states.js';
import { useReturnFocus } from './use-return-focus.js';

interface FormDialogProps {
  title: string;
  /** What it does, in a sentence. */
  note: ReactNode;
  /** Its fields. */
  children: ReactNode;
  /** The word on the button that does it. */
  action: string;
  busy: boolean;
  /** Something is missing. */
  incomplete?: boolean;
  error: Error | null;
  /** Stands in place of the form once it was done: then no press beside it closes it. */
  made: ReactNode;
  onSubmit: () => void;
  onClose: () => void;
}

/** Asks for what is needed to make or change something. */
export function FormDialog(props: FormDialogProps) {
  const { title, note, children, action, busy, incomplete = false, error, made, onSubmit, onClose } = props;
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
        >
          {made ?? (
            <form onSubmit={submit}>
              <Dialog.Title className="dialog-title">{title}</Dialog.Title>
              <Dialog.Description asChild>
                <p className="dim">{note}</p>
              </Dialog.Description>
              {children}
              {error && <Problem error={error} />}
              <div className="dialog-buttons">
                <Button onClick={onClose}>Leave it as it is</Button>
                <Button type="submit" look="primary" disabled={busy || incomplete}>
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
