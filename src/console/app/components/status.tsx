import { OUTCOME_WORDS, type Outcome } from '../words/message-words.js';
import { ICONS } from './icons.js';

interface StatusProps {
  shape: Outcome | 'refused';
  word: string;
}

/** Shows a state by a shape and a word, not by the colour alone. */
export const Status = ({ shape, word }: StatusProps) => (
  <span className={`status status-${shape}`}>
    {ICONS[shape]}
    {word}
  </span>
);

/** Shows what became of a message. */
export const OutcomeStatus = ({ outcome }: { outcome: Outcome }) => <Status shape={outcome} word={OUTCOME_WORDS[outcome]} />;
