/** Runs one statement: of a transaction, or by itself. */
export type RunStatement = <Row extends object>(text: string, values: readonly unknown[]) => Promise<Row[]>;
