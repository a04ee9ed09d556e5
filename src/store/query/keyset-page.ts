import { LIMITS } from '../../core/domain/limits.js';
import type { Page } from '../../core/ports/stores/query-store.js';
import type { Database } from '../database/database.js';
import { readOf } from '../sharing/work.js';

/**
 * Looks at this many rows for a page, at most: a filter that matches hardly anything makes short pages, not
 * slow ones. Each row may be in a block of its own. It is more than the longest page has.
 */
export const ROWS_EXAMINED = 2_000;

interface PageRequest {
  tenantId: string;
  table: 'messages' | 'global_messages' | 'audit_entries';
  /** Columns of `m`, without the text. */
  columns: string;
  /** Expression of `m` that gives the text. */
  text: string;
  /** Condition that an index answers: the rows that are looked at. Its values come first. */
  candidates: string;
  /** Condition that each of them is tested with. */
  filter: string;
  values: readonly unknown[];
  limit: number;
  /** Ends the page at so many bytes of text. Default: the most that any page has. */
  textBytes?: number | undefined;
  /** Looks at all candidates, which are known to be few and have no index by id. */
  unordered?: boolean | undefined;
}

type Examined<Row> = Row & { id: string; matches: boolean; place: string; is_last: boolean };

/**
 * Reads one page, newest first by id. Every step streams in the order of the index and
 * stops when the page is full.
 *
 * `m.place` counts the rows looked at. The last one that may be looked at is returned even if it does not
 * match, so that the next page goes on behind it.
 */
export async function readPage<Row extends object>(database: Database, request: PageRequest): Promise<Page<Row>> {
  const { tenantId, table, columns, text, candidates, filter, values, limit, unordered = false } = request;
  const { textBytes = LIMITS.pageTextBytes } = request;
  const source = unordered
    ? `(SELECT m.*, 0::bigint AS place FROM all_candidates m ORDER BY m.id DESC)`
    : `(SELECT m.*, row_number() OVER (ORDER BY m.id DESC) AS place
        FROM ${table} m WHERE ${candidates} ORDER BY m.id DESC LIMIT ${ROWS_EXAMINED})`;
  const before = unordered ? `WITH all_candidates AS MATERIALIZED (SELECT * FROM ${table} m WHERE ${candidates})` : '';
  const rows = await database.query<Examined<Row>>(
    `${before} SELECT y.* FROM (
       SELECT x.*, lead(x.id) OVER (ORDER BY x.id DESC) IS NULL AS is_last,
         sum(octet_length(x.message)) FILTER (WHERE x.matches)
           OVER (ORDER BY x.id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bytes_before
       FROM (
         SELECT ${columns}, ${text} AS message, m.place, (${filter}) AS matches FROM ${source} AS m
         WHERE (${filter}) OR m.place = ${ROWS_EXAMINED}
         ORDER BY m.id DESC LIMIT ${limit + 1}
       ) AS x
     ) AS y WHERE coalesce(y.bytes_before, 0) <= ${textBytes} ORDER BY y.id DESC`,
    values,
    { work: readOf(tenantId) },
  );
  return cut(rows, limit);
}

/** Ends the page at its limit of rows, of bytes of text, or of rows looked at. */
function cut<Row extends object>(rows: ReadonlyArray<Examined<Row>>, limit: number): Page<Row> {
  const items: Row[] = [];
  let last: string | null = null;
  for (const row of rows) {
    if (items.length === limit) return { items, next: last };
    if (row.matches) items.push(row);
    last = row.id;
    if (Number(row.place) === ROWS_EXAMINED) return { items, next: last };
  }
  // Without the last row, the texts end the page.
  return { items, next: rows.at(-1)?.is_last === false ? last : null };
}
