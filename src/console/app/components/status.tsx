import { OUTCOME_WORDS, type Outcome } from '../words/message-words.js';
import { ICONS } from './icons.js';

/** Shows what became of a message by a shape and a word, not by the colour alone. */
export const Status = ({ outcome }: { outcome: Outcome }) => (
  <span className={`status status-${outcome}`}>
    {ICONS[outcome]}
    {OUTCOME_WORDS[outcome]}
  </span>
);
