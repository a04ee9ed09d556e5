/**
 * Collects conditions over the rows `m` of one table, and binds their values in the order
 * in which they are written.
 */
export class SqlConditions {
  readonly values: unknown[] = [];
  readonly #all: string[] = [];

  /** @param sql with `?` where the value stands */
  and(sql: string, value?: unknown): this {
    this.#all.push(value === undefined ? sql : sql.replace('?', this.bind(value)));
    return this;
  }

  /** Returns the parameter that stands for the value. */
  bind(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }

  get sql(): string {
    return this.#all.length === 0 ? 'true' : this.#all.join(' AND ');
  }
}
