import { CommandFailed } from '../../app/command-failed.js';
import { noSuchTenant } from '../../app/no-such-tenant.js';
import { TidingsError } from '../../core/domain/errors.js';
import { type UsageEntry, usage } from '../../core/use-cases/usage.js';
import { type CliContext, withTenancy } from '../cli-context.js';
import { print, table } from '../print.js';

interface UsageOptions {
  tenant?: string;
  from?: string;
  to?: string;
  step: 'DAY' | 'HOUR';
  csv?: boolean;
  json?: boolean;
}

type Entry = UsageEntry & { tenant: string };

const DAY_MS = 24 * 60 * 60 * 1000;
/** Shows so much if nobody says since when, in milliseconds. */
const SHOWN_MS = { DAY: 30 * DAY_MS, HOUR: DAY_MS };

const COLUMNS: ReadonlyArray<[header: string, of: (entry: Entry) => string | number | null]> = [
  ['tenant', ({ tenant }) => tenant],
  ['from', ({ from }) => from.toISOString()],
  ['accepted', ({ accepted }) => accepted],
  ['acceptedBytes', ({ acceptedBytes }) => acceptedBytes],
  ['globals', ({ globals }) => globals],
  ['delivered', ({ delivered }) => delivered],
  ['recalled', ({ recalled }) => recalled],
  ['expired', ({ expired }) => expired],
  ['p50', ({ deliverySeconds }) => deliverySeconds?.p50 ?? null],
  ['p99', ({ deliverySeconds }) => deliverySeconds?.p99 ?? null],
  ['liveEvents', ({ liveEvents }) => liveEvents],
  ['connects', ({ connects }) => connects],
  ['refused', ({ refused }) => refused],
  ['peakConnections', ({ peakConnections }) => peakConnections],
  ['webhookAttempts', ({ webhookAttempts }) => webhookAttempts],
];

/** Prints what tenants used. The table leaves out steps without anything; CSV and JSON have them all. */
export async function printUsage(context: CliContext, options: UsageOptions): Promise<void> {
  const { csv = false, json = false } = options;
  if (csv && json) throw new CommandFailed('--csv and --json cannot be given together');
  const entries = await readUsage(context, options);
  if (csv) return context.io.out(toCsv(entries));
  const rows = entries.filter(isUsed).map((entry) => COLUMNS.map(([, of]) => of(entry)));
  const headers = COLUMNS.map(([header]) => header.replace(/[A-Z]/g, ' $&').toUpperCase());
  print(context.io, json, entries, rows.length === 0 ? ['nothing was used in this time'] : table(headers, rows));
}

function readUsage(context: CliContext, { tenant, from, to, step }: UsageOptions): Promise<Entry[]> {
  return withTenancy(context, async (tenancy) => {
    const now = (await tenancy.databaseTime()).getTime();
    const found = tenant === undefined ? null : await tenancy.tenants.findTenant(tenant);
    if (tenant !== undefined && !found) throw await noSuchTenant(tenant, tenancy.tenants);
    const tenants = found ? [found] : await tenancy.tenants.listTenants();
    const ask = usage({ store: tenancy.usage, clock: { now: () => now } });
    const during = { from: from ?? new Date(now - SHOWN_MS[step]).toISOString(), to: to ?? null };
    const entries: Entry[] = [];
    for (const { id, name } of tenants) {
      const steps = await ask(id, { during, step }).catch(explain);
      for (const entry of steps) entries.push({ tenant: name, ...entry });
    }
    return entries;
  });
}

/** Names options as they were typed. */
function explain(error: unknown): never {
  if (!(error instanceof TidingsError)) throw error;
  throw new CommandFailed(error.message.replaceAll('during.', '--').replace(/^during covers/, '--from and --to cover'));
}

const isUsed = ({ tenant: _, from, to, deliverySeconds, ...counts }: Entry) => Object.values(counts).some((count) => count > 0);

const toCsv = (entries: readonly Entry[]) =>
  [COLUMNS.map(([header]) => header), ...entries.map((entry) => COLUMNS.map(([, of]) => quoted(of(entry))))]
    .map((cells) => `${cells.join(',')}\n`)
    .join('');

/** Quotes as RFC 4180 says; a spreadsheet would take a name that begins like a formula for one. */
function quoted(cell: string | number | null): string {
  if (typeof cell !== 'string') return String(cell ?? '');
  const text = /^[=+\-@]/.test(cell) ? `'${cell}` : cell;
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
