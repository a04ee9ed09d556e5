import { useId } from 'react';

interface ChoiceFieldProps {
  label: string;
  value: string;
  choices: ReadonlyArray<readonly [value: string, words: string]>;
  onChoose: (value: string) => void;
}

/** Is a field of a form in which one of several is chosen. */
export function ChoiceField({ label, value, choices, onChoose }: ChoiceFieldProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => onChoose(event.target.value)}>
        {choices.map(([choice, words]) => (
          <option key={choice} value={choice}>
            {words}
          </option>
        ))}
      </select>
    </div>
  );
}
