import type { ReactNode } from 'react';
import { firstLine } from '../../words/text-words.js';
import { Name } from '../name.js';
import { Time } from '../time.js';

/** Characters of a name in a row, at most. */
const NAME_SHOWN = 26;

interface RowCellsProps {
  status: ReactNode;
  /** Null: whose row it is is said above the list. */
  name: string | null;
  text: string;
  /** It is not a text, but what stands for one. */
  dim: boolean;
  /** The one fact that matters. */
  fact: string;
  at: string;
}

/** Shows what a row about a message tells; a style sheet says where. */
export const RowCells = ({ status, name, text, dim, fact, at }: RowCellsProps) => (
  <>
    {status}
    {name !== null && (
      <span className="row-name">
        <Name name={name} most={NAME_SHOWN} />
      </span>
    )}
    <span className={`row-text ${dim ? 'dim' : ''}`} dir="auto">
      {firstLine(text) || ' '}
    </span>
    <span className="row-fact">{fact}</span>
    <span className="row-time">
      <Time at={at} />
    </span>
  </>
);
