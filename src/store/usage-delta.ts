/**
 * SQL conditions on rows of `changed` that a statement has settled. A kind that is not named does not
 * happen there.
 */
export interface Settled {
  delivered?: string;
  recalled?: string;
  expired?: string;
}

/**
 * Gives the hours since 1970 of a moment in SQL. `extract` would compute a decimal, at several times the
 * cost.
 */
export const hourOf = (moment: string): string => `floor(date_part('epoch', ${moment}) / 3600)::int`;

/**
 * Composes the INSERT that counts what a statement has settled: one row for each tenant, in the statement's
 * own transaction. A row of counters would make the statements of a tenant wait for each other. See
 * docs/design/usage.md.
 *
 * @param settled for rows of `changed`, which has `tenant_id`
 */
export function settledDelta(settled: Settled): string {
  const kinds = Object.entries(settled) as Array<[string, string]>;
  const counts = kinds.map(([, condition]) =>
    condition === 'true' ? 'count(*)' : `nullif(count(*) FILTER (WHERE ${condition}), 0)`,
  );
  const any = kinds.map(([, condition]) => `(${condition})`).join(' OR ');
  return `INSERT INTO usage_deltas (tenant_id, hour, ${kinds.map(([kind]) => kind).join(', ')})
    SELECT tenant_id, (SELECT ${hourOf('clock_timestamp()')}), ${counts.join(', ')}
    FROM changed ${any === '(true)' ? '' : `WHERE ${any} `}GROUP BY tenant_id`;
}
