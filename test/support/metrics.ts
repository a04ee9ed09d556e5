/** A gauge whose value a test reads, instead of a scrape. */
export class GaugeOfTest {
  value = () => 0;

  read(value: () => number): void {
    this.value = value;
  }
}

/** A counter whose count a test reads. */
export class CounterOfTest {
  count = 0;

  inc(by = 1): void {
    this.count += by;
  }
}
