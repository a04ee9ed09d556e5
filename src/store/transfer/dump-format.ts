import { createHash } from 'node:crypto';

/** Says in one line why a dump cannot be written or read. It is for the operator to mend. */
export class TransferRefused extends Error {
  override readonly name = 'TransferRefused';
}

/** Is raised when a line changes its meaning. */
const FORMAT = 1;

/** First line of a dump, under the name `tidings`. */
export interface DumpHeader {
  readonly format: number;
  readonly kind: 'backup' | 'tenant';
  /** Version of Tidings that wrote it. */
  readonly version: string;
  /** Moment of the snapshot, by the database's clock. */
  readonly at: string;
  /** Migrations that the database had, in order. */
  readonly migrations: readonly string[];
  /** Columns by table; also of tables without rows. */
  readonly columns: Readonly<Record<string, readonly string[]>>;
  /** The tenant that was exported; null in a back-up. */
  readonly tenant: { readonly id: string; readonly name: string } | null;
}

/** Last line of a dump, under the name `end`: a file without it is not whole. */
export interface DumpEnd {
  /** Rows by table. */
  readonly rows: Readonly<Record<string, number>>;
  /** Numbers that sequences had reached, as decimals. */
  readonly sequences: Readonly<Record<string, string>>;
  /** SHA-256 of all lines before, hexadecimal. */
  readonly sha256: string;
}

export const newDigest = () => createHash('sha256');

export const headerLine = (header: Omit<DumpHeader, 'format'>): string =>
  `${JSON.stringify({ tidings: { format: FORMAT, ...header } })}\n`;

export const endLine = (end: DumpEnd): string => `${JSON.stringify({ end })}\n`;

/** Begins the line of a row. What follows is the row as an object, and a closing brace. */
export const rowPrefix = (table: string): string => `{"${table}":`;

/** Returns the row of a line as JSON. */
export const rowOf = (line: string, table: string): string => line.slice(rowPrefix(table).length, -1);

/** Returns the name under which a line's content stands. */
export const nameOf = (line: string): string | null => /^\{"(\w+)":/.exec(line)?.[1] ?? null;

/** @throws TransferRefused if the line does not begin a dump that this version can read */
export function readHeader(line: string): DumpHeader {
  const header = nameOf(line) === 'tidings' ? (parse(line).tidings as DumpHeader | undefined) : undefined;
  if (header === undefined) throw new TransferRefused('the file is neither a back-up nor an export of Tidings');
  if (header.format !== FORMAT)
    throw new TransferRefused(`the file has format ${header.format}, and this version reads ${FORMAT}`);
  return header;
}

export const readEnd = (line: string): DumpEnd => parse(line).end as DumpEnd;

export const damaged = (why: string) => new TransferRefused(`the file is damaged or not whole: ${why}`);

function parse(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    throw damaged('a line of it is no JSON');
  }
}
