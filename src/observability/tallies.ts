import { Counter, Histogram, type HistogramConfiguration, type Registry } from 'prom-client';

/**
 * Counts until a scrape reads it. The library's own `inc` and `observe` look up labels by a hash and build
 * objects, which took longer than the rest of a delivery's bookkeeping.
 */
class CountTally {
  #count = 0;

  inc(by = 1): void {
    this.#count += by;
  }

  /** Returns what was added since the last call. */
  take(): number {
    const count = this.#count;
    this.#count = 0;
    return count;
  }
}

/** Does the same for values: counts how many fell below each bound, and sums them. */
class ValueTally {
  /** Counts values above the bound before and not above this one; the last has no bound. */
  readonly #counts: number[];
  #sum = 0;

  /** @param bounds ascending */
  constructor(private readonly bounds: readonly number[]) {
    this.#counts = new Array<number>(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    let low = 0;
    let high = this.bounds.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (value <= (this.bounds[middle] as number)) high = middle;
      else low = middle + 1;
    }
    this.#counts[low] = (this.#counts[low] as number) + 1;
    this.#sum += value;
  }

  /** Returns Prometheus' series. Each bucket of that also counts the values of those before it. */
  series(name: string): Array<{ metricName: string; labels: { le?: number | string }; value: number }> {
    let count = 0;
    const buckets = this.#counts.map((own, i) => {
      count += own;
      return { metricName: `${name}_bucket`, labels: { le: this.bounds[i] ?? '+Inf' }, value: count };
    });
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels: {}, value: this.#sum },
      { metricName: `${name}_count`, labels: {}, value: count },
    ];
  }
}

/** Registers a counter that adds its tally when it is read. */
export function talliedCounter(registry: Registry, name: string, help: string): CountTally {
  const tally = new CountTally();
  new Counter({
    name,
    help,
    registers: [registry],
    collect() {
      this.inc(tally.take());
    },
  });
  return tally;
}

/** Registers counters of one name, one for each value of a label. */
export function talliedCounters<Value extends string>(
  registry: Registry,
  name: string,
  help: string,
  label: string,
  values: readonly Value[],
): Record<Value, CountTally> {
  const tallies = values.map((value) => [value, new CountTally()] as const);
  new Counter({
    name,
    help,
    labelNames: [label],
    registers: [registry],
    collect() {
      for (const [value, tally] of tallies) this.inc({ [label]: value }, tally.take());
    },
  });
  return Object.fromEntries(tallies) as Record<Value, CountTally>;
}

/** Registers a histogram whose values are a tally's. */
export function talliedHistogram(registry: Registry, name: string, help: string, bounds: readonly number[]): ValueTally {
  const tally = new ValueTally(bounds);
  registry.registerMetric(new TalliedHistogram({ name, help, buckets: [...bounds], registers: [] }, tally));
  return tally;
}

/** Shows a tally to the registry as a histogram. */
class TalliedHistogram extends Histogram<'le'> {
  /** Gives name, help and kind as the library writes them. */
  readonly #form: Histogram<'le'>;

  constructor(
    private readonly config: HistogramConfiguration<'le'>,
    private readonly tally: ValueTally,
  ) {
    super(config);
    this.#form = new Histogram(config);
  }

  override async get() {
    return { ...(await this.#form.get()), values: this.tally.series(this.config.name) };
  }

  /** Called by the registry, instead of `get`, for the text format. */
  getForPromString() {
    return this.get();
  }
}
