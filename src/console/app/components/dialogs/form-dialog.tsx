import type { ComponentProps, ReactNode } from 'react';
import { DialogFrame } from './dialog-frame.js';

interface FormDialogProps
  extends Pick<ComponentProps<typeof DialogFrame>, 'title' | 'children' | 'action' | 'busy' | 'error' | 'onSubmit' | 'onClose'> {
  /** What it does, in a sentence. */
  note: ReactNode;
  /** Something is missing. */
  incomplete?: boolean;
  /** Stands in place of the form once it was done. */
  made: ReactNode;
}

/** Asks for what is needed to make or change something. */
export const FormDialog = ({ note, incomplete = false, ...rest }: FormDialogProps) => (
  <DialogFrame description={<p className="dim">{note}</p>} look="primary" incomplete={incomplete} {...rest} />
);
