import { agoWords, fullMoment, momentWords } from '../words/time-words.js';
import { useNow } from './use-now.js';

interface TimeProps {
  at: string;
  /** "2 minutes ago", or "Tuesday, 14:02". */
  as?: 'ago' | 'moment';
  /** Screen readers hear it in full as well. */
  spoken?: boolean;
}

/** Shows a moment in words, in the reader's zone; in full, with GMT, when it is pointed at. */
export function Time({ at, as = 'ago', spoken = false }: TimeProps) {
  const now = useNow();
  const moment = new Date(at);
  const full = fullMoment(moment);
  return (
    <time dateTime={at} title={full} className="time">
      {as === 'ago' ? agoWords(moment, Math.max(now, Date.now())) : momentWords(moment, now)}
      {spoken && <span className="unseen"> ({full})</span>}
    </time>
  );
}
