import { useEffect, useRef } from 'react';
import UPlot from 'uplot';
import { useTheme } from '../../data/theme.js';

interface Series {
  name: string;
  /** Name of a colour in styles/tokens.css. */
  colour: string;
  /** A line of dashes tells it apart without the colour. */
  dashed?: boolean;
  values: ReadonlyArray<number | null>;
}

interface UsageChartProps {
  title: string;
  /** Moments of the steps, in seconds since 1970. */
  moments: readonly number[];
  series: readonly Series[];
  words: (value: number) => string;
  /** For values that lie far apart. */
  logarithmic?: boolean;
}

const HEIGHT = 220;

const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

/** Names a moment of the axis, in seconds since 1970: midnight by its day. */
function tickWords(seconds: number): string {
  const at = new Date(seconds * 1_000);
  const clock = CLOCK.format(at);
  return clock === '00:00' ? DAY.format(at) : clock;
}

/** Draws series over time. Screen readers get the same numbers from the table beside it. */
export function UsageChart({ title, moments, series, words, logarithmic = false }: UsageChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const theme = useTheme();
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const colour = (name: string) => getComputedStyle(element).getPropertyValue(`--${name}`).trim();
    const axis = {
      stroke: colour('dim'),
      grid: { stroke: colour('edge'), width: 1 },
      ticks: { stroke: colour('edge'), width: 1 },
    };
    const chart = new UPlot(
      {
        width: element.clientWidth,
        height: HEIGHT,
        legend: { show: false },
        cursor: { show: false },
        scales: { y: logarithmic ? { distr: 3 } : { range: (_chart, _min, max) => [0, Math.max(1, max * 1.1)] } },
        axes: [
          { ...axis, values: (_chart, ticks) => ticks.map(tickWords) },
          { ...axis, size: 64, values: (_chart, ticks) => ticks.map((tick) => (tick === null ? '' : words(tick))) },
        ],
        series: [
          {},
          ...series.map(({ name, colour: of, dashed }) => ({
            label: name,
            stroke: colour(of),
            width: 2,
            points: { show: true, size: 5, fill: colour(of) },
            ...(dashed && { dash: [6, 4] }),
          })),
        ],
      },
      [[...moments], ...series.map(({ values }) => [...values])],
      element,
    );
    const observer = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.destroy();
    };
  }, [moments, series, words, logarithmic, theme]);
  return (
    <figure className="chart">
      <figcaption>
        {title}
        <ul className="legend">
          {series.map(({ name, colour, dashed }) => (
            <li key={name} className={`legend-${colour} ${dashed ? 'legend-dashed' : ''}`}>
              {name}
            </li>
          ))}
        </ul>
      </figcaption>
      <div ref={place} aria-hidden="true" />
    </figure>
  );
}
