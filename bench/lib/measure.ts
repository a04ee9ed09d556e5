export interface MeasureContext {
  progress(message: string): void;
  /** A short form that shows that the measure works; its figures are worth little. */
  quick: boolean;
}

export interface Measure {
  name: string;
  /** What is measured, with its unit, beside what. */
  about: string;
  run(context: MeasureContext): Promise<Array<Record<string, string>>>;
}
