/** Runs one statement: inside a transaction, or as its own. */
export type RunStatement = <Row extends object>(text: string, values: readonly unknown[]) => Promise<Row[]>;
