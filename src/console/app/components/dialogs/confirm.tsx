import * as Dialog from '@radix-ui/react-dialog';
import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { Button } from '../button.js';
import { Problem } from '../states.js';
import { useReturnFocus } from './use-return-focus.js';

interface ConfirmProps {
  title: string;
  /** What will happen, with names and numbers. */
  children: ReactNode;
  /** The word on the button that does it. */
  action: string;
  /** How that button looks; as danger unless said otherwise. */
  look?: 'danger' | 'primary';
  /** If given, it has to be typed first. */
  typed?: string;
  busy: boolean;
  error: Error | null;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks before something is done that reaches far. Escape, and a press beside it, leave all as it was. */
export function Confirm(props: ConfirmProps) {
  const { title, children, action, look = 'danger', typed, busy, error, onConfirm, onClose } = props;
  const [typing, setTyping] = useState('');
  const id = useId();
  const returnFocus = useReturnFocus();
  const isReady = typed === undefined || typing.trim() === typed;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isReady && !busy) onConfirm();
  };
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="veil" />
        <Dialog.Content className="dialog" role="alertdialog" onCloseAutoFocus={returnFocus}>
          <form onSubmit={submit}>
            <Dialog.Title className="dialog-title">{title}</Dialog.Title>
            <Dialog.Description asChild>
              <div className="dialog-text">{children}</div>
            </Dialog.Description>
            {typed !== undefined && (
              <div className="field">
                <label htmlFor={id}>
                  Type <strong dir="auto">{typed}</strong> to go on
                </label>
                <input
                  id={id}
                  value={typing}
                  onChange={(event) => setTyping(event.target.value)}
                  autoComplete="off"
                  spellCheck={false}
                />
              </div>
            )}
            {error && <Problem error={error} />}
            <div className="dialog-buttons">
              <Button onClick={onClose}>Leave it as it is</Button>
              <Button type="submit" look={look} disabled={!isReady || busy}>
                {action}
              </Button>
            </div>
          </form>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
