import type { Io } from './io.js';

type Cell = string | number | Date | null;

const show = (cell: Cell | undefined) => (cell instanceof Date ? cell.toISOString() : String(cell ?? '-'));

/** Writes data as one object of JSON, or as lines for people. */
export function print(io: Io, json: boolean, data: unknown, lines: readonly string[]): void {
  io.out(json ? `${JSON.stringify(data)}\n` : lines.map((line) => `${line}\n`).join(''));
}

/** Lays out columns, each as wide as its longest cell. */
export function table(header: readonly string[], rows: ReadonlyArray<readonly Cell[]>): string[] {
  const cells = [header, ...rows.map((row) => row.map(show))];
  const widths = header.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)));
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** Makes a line like those of the log, where a program reads what a node writes. */
export const jsonLine = (level: 'info' | 'fatal', msg: string, fields: object = {}): string =>
  `${JSON.stringify({ level, time: new Date().toISOString(), pid: process.pid, ...fields, msg })}\n`;
