/** A table whose rows a dump holds. */
export interface TransferredTable {
  readonly name: string;
  /** Column that says whose a row is; null if rows belong to nobody. Those are in back-ups alone. */
  readonly tenant: 'id' | 'tenant_id' | null;
  /** Columns that the export of a tenant leaves out: they get their defaults where it is imported. */
  readonly notExported?: readonly string[];
  /** Expressions that the export of a tenant has instead of columns: of what only this installation can read. */
  readonly exportedAs?: Readonly<Record<string, string>>;
  /** Column by which rows are in order, where their order means something. */
  readonly order?: string;
}

type Rest = Omit<TransferredTable, 'name' | 'tenant'>;

const ofTenant = (name: string, rest: Rest = {}): TransferredTable => ({ name, tenant: 'tenant_id', ...rest });

/** A webhook is imported without its secret: nothing is sent before its owner has made another one. */
const WITHOUT_SECRETS = {
  secret: `'\\x00'::bytea`,
  former_secret: 'NULL::bytea',
  former_secret_until: 'NULL::timestamptz',
  state: `'DISABLED'::text`,
  state_reason: `'imported without its secret: rotateWebhookSecret with overlapSeconds 0, then updateWebhook with paused: false'::text`,
};

/**
 * Lists the tables that back-ups and exports hold, those first that others refer to. A test wants every table
 * of the schema here or in LEFT_OUT, so that no migration can add one that is forgotten.
 */
export const TRANSFERRED: readonly TransferredTable[] = [
  { name: 'tenants', tenant: 'id' },
  ofTenant('api_keys'),
  ofTenant('global_messages'),
  ofTenant('messages'),
  ofTenant('idempotency_keys'),
  ofTenant('revocations'),
  ofTenant('live_topics'),
  ofTenant('event_rules'),
  ofTenant('alert_rules'),
  ofTenant('audit_entries'),
  ofTenant('activity'),
  ofTenant('usage_hours'),
  ofTenant('usage_deltas'),
  ofTenant('usage_reports'),
  ofTenant('status_feeds'),
  ofTenant('status_feed_heads'),
  // Their numbers are those of one installation's sequence.
  ofTenant('status_event_inbox', { notExported: ['seq'], order: 'seq' }),
  ofTenant('status_events'),
  ofTenant('overdue_checks'),
  ofTenant('webhooks', { exportedAs: WITHOUT_SECRETS }),
  ofTenant('webhook_senders'),
  ofTenant('webhook_queue'),
  ofTenant('webhook_given_up'),
  ofTenant('webhook_attempts'),
];

/** Tables that no dump holds, with the reason. */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  _prisma_migrations: 'says what this database has applied; a restore applies migrations itself',
  status_feed_state: 'has the epoch of positions in the feed, of which each restore begins another one',
};

/** Sequences, which go on above what they had reached, so that no number comes twice. */
export const SEQUENCES = ['message_seq', 'revocation_seq', 'late_rows_seq', 'status_event_seq'] as const;

/** Rows of deleted tenants may be there before a restore, and stay: only retention deletes them. */
export const KEPT_AT_RESTORE: readonly string[] = ['audit_entries'];
