import { type ReactNode, useState } from 'react';
import { Button } from './button.js';
import { Facts } from './facts.js';
import { ICONS, type IconName } from './icons.js';
import { Time } from './time.js';

interface TimeLinePoint {
  key: string;
  at: string;
  icon: IconName;
  sentence: ReactNode;
  facts: ReadonlyArray<readonly [name: string, value: string | null]>;
}

/** Folds the middle of a longer list away. */
const MOST = 14;
/** Shows so many points after what is folded. */
const LAST = 7;

const MOMENT = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;

/** Shows points in time: each a sentence, when, and its facts folded. */
export function TimeLineList({ points, folded = true }: { points: readonly TimeLinePoint[]; folded?: boolean }) {
  const [whole, setWhole] = useState(!folded);
  const folds = !whole && points.length > MOST;
  const first = folds ? points.slice(0, MOST - LAST) : points;
  const last = folds ? points.slice(-LAST) : [];
  return (
    <ol className="time-line">
      {first.map((point) => (
        <Point key={point.key} point={point} />
      ))}
      {folds && (
        <li className="time-line-fold">
          <Button look="quiet" onClick={() => setWhole(true)}>
            Show {points.length - MOST} more in between
          </Button>
        </li>
      )}
      {last.map((point) => (
        <Point key={point.key} point={point} />
      ))}
    </ol>
  );
}

function Point({ point: { at, icon, sentence, facts } }: { point: TimeLinePoint }) {
  const known = facts.filter((fact): fact is [string, string] => fact[1] !== null);
  return (
    <li className={`point point-${icon}`}>
      {ICONS[icon]}
      <div className="point-words">
        <p>
          {sentence}{' '}
          <span className="dim">
            <Time at={at} spoken />
          </span>
        </p>
        {known.length > 0 && (
          <details>
            <summary>Details</summary>
            <Facts
              facts={known.map(([name, value]) => [
                name,
                MOMENT.test(value) ? <Time at={value} as="moment" /> : <bdi>{value}</bdi>,
              ])}
            />
          </details>
        )}
      </div>
    </li>
  );
}
