/** Totals of one tenant on one process. */
export interface TenantTotals {
  accepted: number;
  acceptedBytes: number;
  globals: number;
  receipts: number;
  liveEvents: number;
  connects: number;
  refused: number;
  /** Now. */
  connections: number;
}

/** Stands for the names of all tenants whose totals are not kept apart. */
export const OTHERS = '(others)';

/** Totals by name of the tenant. */
export type TotalsByName = ReadonlyArray<readonly [name: string, totals: TenantTotals]>;

interface Series {
  name: string;
  type: 'counter' | 'gauge';
  help: string;
}

const SERIES: Record<keyof TenantTotals, Series> = {
  accepted: { name: 'messages_accepted_total', type: 'counter', help: 'Messages made durable by pushes' },
  acceptedBytes: { name: 'accepted_bytes_total', type: 'counter', help: 'Bytes of their texts, once per recipient' },
  globals: { name: 'global_messages_accepted_total', type: 'counter', help: 'Global messages made durable by pushes' },
  receipts: { name: 'receipts_total', type: 'counter', help: 'Receipts recorded by this node' },
  liveEvents: { name: 'live_events_published_total', type: 'counter', help: 'Live events published by this node' },
  connects: { name: 'connects_total', type: 'counter', help: 'Connections opened on this node' },
  refused: { name: 'handshakes_refused_total', type: 'counter', help: 'Handshakes with a genuine token refused by this node' },
  connections: { name: 'connections', type: 'gauge', help: 'Open connections on this node' },
};

const escaped = (name: string) => name.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

/** Writes totals in the text format of Prometheus. Processes of one node are added up. */
export function tenantMetrics(processes: readonly TotalsByName[]): string {
  const byName = new Map<string, TenantTotals>();
  for (const [name, totals] of processes.flat()) {
    const sum = byName.get(name);
    byName.set(name, sum ? add(sum, totals) : totals);
  }
  const lines: string[] = [];
  for (const [key, { name, type, help }] of Object.entries(SERIES) as Array<[keyof TenantTotals, Series]>) {
    lines.push(`# HELP tidings_tenant_${name} ${help}`, `# TYPE tidings_tenant_${name} ${type}`);
    for (const [tenant, totals] of byName) lines.push(`tidings_tenant_${name}{tenant="${escaped(tenant)}"} ${totals[key]}`);
  }
  return `${lines.join('\n')}\n`;
}

function add(a: TenantTotals, b: TenantTotals): TenantTotals {
  const sum = { ...a };
  for (const key of Object.keys(SERIES) as Array<keyof TenantTotals>) sum[key] += b[key];
  return sum;
}
