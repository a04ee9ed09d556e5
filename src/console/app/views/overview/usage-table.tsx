import type { UsageStep } from './overview-question.js';
import { secondsWords } from './usage-series.js';

const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'GMT' });
const HOUR = new Intl.DateTimeFormat('en-GB', { weekday: 'short', hour: '2-digit', minute: '2-digit' });

const COLUMNS: ReadonlyArray<readonly [name: string, value: (step: UsageStep) => string]> = [
  ['Accepted', ({ accepted }) => accepted.toLocaleString('en-GB')],
  ['Delivered', ({ delivered }) => delivered.toLocaleString('en-GB')],
  ['Recalled', ({ recalled }) => recalled.toLocaleString('en-GB')],
  ['Expired', ({ expired }) => expired.toLocaleString('en-GB')],
  ['Turned away', ({ refused }) => refused.toLocaleString('en-GB')],
  ['Connected at once', ({ peakConnections }) => peakConnections.toLocaleString('en-GB')],
  ['Half within', ({ deliverySeconds: time }) => (time === null ? '–' : secondsWords(time.p50))],
  ['99 of 100 within', ({ deliverySeconds: time }) => (time === null ? '–' : secondsWords(time.p99))],
];

/** Shows the numbers of the charts. Hours are of the reader's zone, days of GMT, as they are counted. */
export const UsageTable = ({ steps, daily }: { steps: readonly UsageStep[]; daily: boolean }) => (
  <details className="numbers">
    <summary>The numbers</summary>
    <table className="usage-table">
      <thead>
        <tr>
          <th scope="col">{daily ? 'Day (GMT)' : 'Hour'}</th>
          {COLUMNS.map(([name]) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {[...steps].reverse().map((step) => (
          <tr key={step.from}>
            <th scope="row">{(daily ? DAY : HOUR).format(new Date(step.from))}</th>
            {COLUMNS.map(([name, value]) => (
              <td key={name} data-name={name}>
                {value(step)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  </details>
);
