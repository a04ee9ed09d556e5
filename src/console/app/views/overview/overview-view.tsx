import { useMemo } from 'react';
import { Select } from '../../components/lists/filter-bar.js';
import { PageHead } from '../../components/page-head.js';
import { Loading, Problem } from '../../components/states.js';
import { useOptions } from '../../data/hash-location.js';
import { useSession } from '../../data/key-session.js';
import { useQuestion } from '../../data/use-question.js';
import { linkTo } from '../../data/view-url.js';
import { USAGE, type UsageStep, WAITING } from './overview-question.js';
import { UsageChart } from './usage-chart.js';
import { SPANS, type SpanName, secondsWords, spanOf, totalsOf } from './usage-series.js';
import { UsageTable } from './usage-table.js';

/** Asks again this often, in milliseconds. */
const EVERY_MS = 60_000;
const MINUTE_MS = 60_000;

const CHOICES = Object.entries(SPANS).map(([value, { name }]) => [value, name] as const);

/** Shows how much was accepted, delivered, refused, and how long it took. */
export function OverviewView() {
  const { key } = useSession();
  const [options, change] = useOptions();
  const span = spanOf(options.span);
  const { step, from } = SPANS[span];
  // The same question for a minute: its answer is kept.
  const since = useMemo(() => new Date(from(Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS)).toISOString(), [from]);
  const usage = useQuestion(USAGE, { from: since, step }, { every: EVERY_MS });
  return (
    <div className="one-column">
      <PageHead title="Overview" tab="Overview" note={<>What happened at the tenant “{key.tenant}”</>}>
        <Select label="Time" value={span} choices={CHOICES} onChoose={(value) => change({ span: value })} />
      </PageHead>
      {usage.isPending && <Loading shape="page" trouble={usage.failureReason} />}
      {usage.isLoadingError && <Problem error={usage.error} onRetry={() => void usage.refetch()} />}
      {usage.data && <Usage steps={usage.data.usage} span={span} />}
    </div>
  );
}

const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });

const figure = (count: number): string => count.toLocaleString('en-GB');

function Usage({ steps, span }: { steps: readonly UsageStep[]; span: SpanName }) {
  const totals = totalsOf(steps);
  // The hour that has begun and the one before it: at five past, an hour alone would be five minutes.
  const lately = span === 'day' ? steps.slice(-2) : [];
  const recent = totalsOf(lately);
  const since = lately[0] === undefined ? null : CLOCK.format(new Date(lately[0].from));
  const { may } = useSession();
  return (
    <>
      <dl className="figures">
        <Figure name="Accepted" count={totals.accepted} recent={recent.accepted} since={since} />
        <Figure name="Delivered" count={totals.delivered} recent={recent.delivered} since={since} />
        {may('query', 'messageCounts') && <Waiting />}
        <Figure name="Recalled" count={totals.recalled} recent={recent.recalled} since={since} />
        <Figure name="Expired" count={totals.expired} recent={recent.expired} since={since} />
        <Figure name="To everybody" count={totals.globals} recent={recent.globals} since={since} />
        <Figure name="Turned away" count={totals.refused} recent={recent.refused} since={since} />
      </dl>
      <Charts steps={steps} />
      <UsageTable steps={steps} daily={span === 'month'} />
    </>
  );
}

interface FigureProps {
  name: string;
  count: number;
  recent: number;
  /** From when on `recent` counts; null: it is not told. */
  since: string | null;
}

const Figure = ({ name, count, recent, since }: FigureProps) => (
  <div>
    <dt>{name}</dt>
    <dd>{figure(count)}</dd>
    {since !== null && (
      <dd className="figure-note">
        {figure(recent)} since {since}
      </dd>
    )}
  </div>
);

function Waiting() {
  const waiting = useQuestion(WAITING, {}, { every: EVERY_MS });
  if (!waiting.data) return null;
  const { pending, exact } = waiting.data.messageCounts;
  return (
    <div>
      <dt>Waiting now</dt>
      <dd>
        <a href={linkTo('/messages', { status: 'waiting' })}>
          {exact ? '' : 'at least '}
          {figure(pending)}
        </a>
      </dd>
    </div>
  );
}

function Charts({ steps }: { steps: readonly UsageStep[] }) {
  const moments = useMemo(() => steps.map(({ from }) => Date.parse(from) / 1_000), [steps]);
  const counts = useMemo(
    () => [
      { name: 'Accepted', colour: 'accent', values: steps.map(({ accepted }) => accepted) },
      { name: 'Delivered', colour: 'delivered', values: steps.map(({ delivered }) => delivered) },
      { name: 'Recalled or expired', colour: 'waiting', dashed: true, values: steps.map((one) => one.recalled + one.expired) },
      { name: 'Turned away', colour: 'expired', dashed: true, values: steps.map(({ refused }) => refused) },
    ],
    [steps],
  );
  const times = useMemo(
    () => [
      { name: 'Half of them', colour: 'accent', values: steps.map((one) => one.deliverySeconds?.p50 ?? null) },
      { name: '99 of 100', colour: 'waiting', dashed: true, values: steps.map((one) => one.deliverySeconds?.p99 ?? null) },
    ],
    [steps],
  );
  const delivered = steps.some(({ deliverySeconds }) => deliverySeconds !== null);
  return (
    <div className="charts">
      <UsageChart title="Messages and connections" moments={moments} series={counts} words={figure} />
      {delivered && <UsageChart title="Time to delivery" moments={moments} series={times} words={secondsWords} logarithmic />}
    </div>
  );
}
