import { type ComponentProps, type ReactNode, useId, useState } from 'react';
import { DialogFrame } from './dialog-frame.js';

interface ConfirmProps extends Pick<ComponentProps<typeof DialogFrame>, 'title' | 'action' | 'busy' | 'error' | 'onClose'> {
  /** What will happen, with names and numbers. */
  children: ReactNode;
  /** How the button looks that does it; as danger unless said otherwise. */
  look?: 'danger' | 'primary';
  /** If given, it has to be typed first. */
  typed?: string;
  onConfirm: () => void;
}

/** Asks before something is done that reaches far. */
export function Confirm({ children, look = 'danger', typed, onConfirm, ...rest }: ConfirmProps) {
  const [typing, setTyping] = useState('');
  const id = useId();
  return (
    <DialogFrame
      role="alertdialog"
      description={<div className="dialog-text">{children}</div>}
      look={look}
      incomplete={typed !== undefined && typing.trim() !== typed}
      onSubmit={onConfirm}
      {...rest}
    >
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
    </DialogFrame>
  );
}
