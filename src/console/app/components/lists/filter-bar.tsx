import { type ChangeEvent, type ReactNode, useId, useState } from 'react';
import { Button } from '../button.js';

interface FilterBarProps {
  /** How many filters narrow the list: shown on the button that hides them on a narrow screen. */
  active: number;
  onClear: () => void;
  children: ReactNode;
}

/** Shows filters in a line; on a narrow screen behind one button. */
export function FilterBar({ active, onClear, children }: FilterBarProps) {
  const [open, setOpen] = useState(false);
  const id = useId();
  return (
    <div className="filters" data-open={open}>
      <Button className="filters-button" icon="filter" aria-expanded={open} aria-controls={id} onClick={() => setOpen(!open)}>
        {active === 0 ? 'Filters' : `Filters (${active})`}
      </Button>
      <div className="filters-list" id={id}>
        {children}
        {active > 0 && (
          <Button look="quiet" icon="close" onClick={onClear}>
            Clear filters
          </Button>
        )}
      </div>
    </div>
  );
}

interface SelectProps {
  label: string;
  value: string;
  /** What can be chosen, by value; that of '' stands for no choice. */
  choices: ReadonlyArray<readonly [value: string, name: string]>;
  onChoose: (value: string) => void;
}

export function Select({ label, value, choices, onChoose }: SelectProps) {
  return (
    <label className={`select ${value === '' ? '' : 'select-set'}`}>
      <span className="unseen">{label}</span>
      <select value={value} onChange={(event: ChangeEvent<HTMLSelectElement>) => onChoose(event.target.value)}>
        {choices.map(([choice, name]) => (
          <option key={choice} value={choice}>
            {choice === '' ? `${label}: ${name}` : name}
          </option>
        ))}
      </select>
    </label>
  );
}

interface TextFilterProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
}

/** Takes effect when it is left, or by Enter: each letter would be a question. */
export function TextFilter({ label, value, onChange }: TextFilterProps) {
  const [typed, setTyped] = useState({ value, text: value });
  const text = typed.value === value ? typed.text : value;
  const commit = () => text !== value && onChange(text);
  return (
    <label className={`text-filter ${value === '' ? '' : 'select-set'}`}>
      <span className="unseen">{label}</span>
      <input
        value={text}
        placeholder={label}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => setTyped({ value, text: event.target.value })}
        onBlur={commit}
        onKeyDown={(event) => event.key === 'Enter' && commit()}
      />
    </label>
  );
}
