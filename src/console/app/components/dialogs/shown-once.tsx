import * as Dialog from '@radix-ui/react-dialog';
import type { ReactNode } from 'react';
import { Button } from '../button.js';
import { CopyButton } from '../copy.js';

interface ShownOnceProps {
  title: string;
  secret: string;
  /** The words on the button that copies it. */
  copy: string;
  /** What it is for. */
  children?: ReactNode;
  onClose: () => void;
}

/** Shows a secret this once, within a dialog that is open. */
export const ShownOnce = ({ title, secret, copy, children, onClose }: ShownOnceProps) => (
  <div className="made">
    <Dialog.Title className="dialog-title">{title}</Dialog.Title>
    <Dialog.Description>Copy it now: it is shown only this once.</Dialog.Description>
    {children}
    <code className="secret">{secret}</code>
    <div className="dialog-buttons">
      <CopyButton text={secret}>{copy}</CopyButton>
      <Button look="primary" onClick={onClose}>
        I have it
      </Button>
    </div>
  </div>
);
