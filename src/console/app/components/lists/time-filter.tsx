import type { Options } from '../../data/view-url.js';
import { Select } from './filter-bar.js';

const CHOICES = [
  ['', 'any'],
  ['hour', 'Last hour'],
  ['day', 'Last 24 hours'],
  ['week', 'Last 7 days'],
  ['month', 'Last 30 days'],
  ['between', 'Between …'],
] as const;

const pad = (value: number) => String(value).padStart(2, '0');

/** Writes a moment as the field takes it, in the reader's zone. */
function localOf(moment: string): string {
  const at = new Date(moment);
  if (moment === '' || Number.isNaN(at.getTime())) return '';
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}T${pad(at.getHours())}:${pad(at.getMinutes())}`;
}

const momentOf = (local: string): string => (local === '' ? '' : new Date(local).toISOString());

interface TimeFilterProps {
  options: Options;
  onChange: (change: Options) => void;
}

export function TimeFilter({ options, onChange }: TimeFilterProps) {
  const { time = '', from = '', to = '' } = options;
  return (
    <>
      <Select
        label="Time"
        value={time}
        choices={CHOICES}
        onChoose={(chosen) => onChange(chosen === 'between' ? { time: chosen } : { time: chosen, from: '', to: '' })}
      />
      {time === 'between' && (
        <>
          <MomentField label="From" value={from} onChange={(moment) => onChange({ from: moment })} />
          <MomentField label="Until" value={to} onChange={(moment) => onChange({ to: moment })} />
        </>
      )}
    </>
  );
}

function MomentField({ label, value, onChange }: { label: string; value: string; onChange: (moment: string) => void }) {
  return (
    <label className="moment-field">
      <span>{label}</span>
      <input type="datetime-local" value={localOf(value)} onChange={(event) => onChange(momentOf(event.target.value))} />
    </label>
  );
}
