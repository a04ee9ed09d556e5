/** Runs one statement: of a transaction, or by itself. */
export type Run = <Row extends object>(text: string, values: readonly unknown[]) => Promise<Row[]>;
