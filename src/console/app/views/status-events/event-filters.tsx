import { FilterBar, Select, TextFilter } from '../../components/lists/filter-bar.js';
import { useSession } from '../../data/key-session.js';
import type { Options } from '../../data/view-url.js';
import { EVENT_KINDS } from '../../words/status-event-words.js';
import { FILTERS } from './status-events-question.js';

const KINDS = [['', 'anything'] as const, ...EVENT_KINDS];

/** Values of the option `which`. */
const WHICH = [
  ['', 'all kept'],
  ['coming', 'From now on'],
] as const;

const GLOBALS = [
  ['', 'any'],
  ['only', 'Only to everybody'],
  ['none', 'Not to everybody'],
] as const;

interface EventFiltersProps {
  options: Options;
  onChange: (change: Options) => void;
}

export function EventFilters({ options, onChange }: EventFiltersProps) {
  const { type = '', recipient = '', topic = '', global = '', globals = '', which = '' } = options;
  const active = FILTERS.filter((name) => (options[name] ?? '') !== '').length;
  const { may } = useSession();
  return (
    <FilterBar active={active} onClear={() => onChange(Object.fromEntries(FILTERS.map((name) => [name, ''])))}>
      {may('subscription', 'statusEvents') && (
        <Select label="Which" value={which} choices={WHICH} onChoose={(chosen) => onChange({ which: chosen })} />
      )}
      <TextFilter label="Recipient" value={recipient} onChange={(text) => onChange({ recipient: text })} />
      <Select label="What happened" value={type} choices={KINDS} onChoose={(chosen) => onChange({ type: chosen })} />
      <Select label="To everybody" value={globals} choices={GLOBALS} onChoose={(chosen) => onChange({ globals: chosen })} />
      <TextFilter label="Topic" value={topic} onChange={(text) => onChange({ topic: text })} />
      <TextFilter label="Id of a global" value={global} onChange={(text) => onChange({ global: text.trim() })} />
    </FilterBar>
  );
}
