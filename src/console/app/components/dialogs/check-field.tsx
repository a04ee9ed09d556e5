import type { ReactNode } from 'react';

interface CheckFieldProps {
  checked: boolean;
  onChange: (on: boolean) => void;
  children: ReactNode;
}

/** Is a field of a form that is on or off. */
export const CheckField = ({ checked, onChange, children }: CheckFieldProps) => (
  <label className="choice">
    <input type="checkbox" checked={checked} onChange={(event) => onChange(event.target.checked)} />
    <span>{children}</span>
  </label>
);
