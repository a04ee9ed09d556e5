import { FilterBar, Select, TextFilter } from '../../components/lists/filter-bar.js';
import { TimeFilter } from '../../components/lists/time-filter.js';
import type { Options } from '../../data/view-url.js';
import { FILTERS } from './messages-question.js';

const STATUS = [
  ['', 'any'],
  ['waiting', 'Waiting'],
  ['delivered', 'Delivered'],
  ['recalled', 'Recalled'],
  ['expired', 'Expired'],
] as const;

const RECEIPT = [
  ['', 'any'],
  ['pong', 'The browser confirmed it'],
  ['ack', 'The page confirmed it'],
] as const;

interface MessageFiltersProps {
  options: Options;
  onChange: (change: Options) => void;
}

export function MessageFilters({ options, onChange }: MessageFiltersProps) {
  const { status = '', receipt = '', topic = '', global = '' } = options;
  const active = ['status', 'receipt', 'topic', 'global', 'time'].filter((name) => (options[name] ?? '') !== '').length;
  const clear = () => onChange(Object.fromEntries(FILTERS.map((name) => [name, ''])));
  return (
    <FilterBar active={active} onClear={clear}>
      <Select label="Status" value={status} choices={STATUS} onChoose={(chosen) => onChange({ status: chosen })} />
      <Select label="Receipt" value={receipt} choices={RECEIPT} onChoose={(chosen) => onChange({ receipt: chosen })} />
      <TimeFilter options={options} onChange={onChange} />
      <TextFilter label="Topic" value={topic} onChange={(text) => onChange({ topic: text })} />
      <TextFilter label="Id of a global" value={global} onChange={(text) => onChange({ global: text.trim() })} />
    </FilterBar>
  );
}
