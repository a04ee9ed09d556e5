-- What each tenant used, by hours since 1970 (UTC). Kept 400 days.
CREATE TABLE "usage_hours" (
    "tenant_id" UUID NOT NULL,
    "hour" INTEGER NOT NULL,
    "accepted" BIGINT NOT NULL DEFAULT 0,
    "accepted_bytes" BIGINT NOT NULL DEFAULT 0,
    "delivered" BIGINT NOT NULL DEFAULT 0,
    "recalled" BIGINT NOT NULL DEFAULT 0,
    "expired" BIGINT NOT NULL DEFAULT 0,
    "globals" BIGINT NOT NULL DEFAULT 0,
    "live_events" BIGINT NOT NULL DEFAULT 0,
    "connects" BIGINT NOT NULL DEFAULT 0,
    "refused" BIGINT NOT NULL DEFAULT 0,
    "webhook_attempts" BIGINT NOT NULL DEFAULT 0,
    "peak_connections" INTEGER NOT NULL DEFAULT 0,
    "seconds_buckets" INTEGER[] NOT NULL DEFAULT '{}',
    "seconds_counts" BIGINT[] NOT NULL DEFAULT '{}',

    CONSTRAINT "usage_hours_pkey" PRIMARY KEY ("tenant_id", "hour")
);

ALTER TABLE "usage_hours" ADD CONSTRAINT "usage_hours_tenant_id_fkey"
  FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What statements have counted and nobody has summed up yet: one row for each tenant and statement that pushes or settles. No index and
-- no foreign key, since the hottest statements insert here. At most eight columns, whose missing values cost no byte more in a row.
CREATE TABLE "usage_deltas" (
    "tenant_id" UUID NOT NULL,
    "hour" INTEGER NOT NULL,
    "accepted" INTEGER,
    "accepted_bytes" BIGINT,
    "delivered" INTEGER,
    "recalled" INTEGER,
    "expired" INTEGER,
    "globals" INTEGER
);

-- What nodes have counted in memory and nobody has summed up yet: one row for each tenant, node and few seconds.
CREATE TABLE "usage_reports" (
    "tenant_id" UUID NOT NULL,
    "minute" INTEGER NOT NULL,
    "node" INTEGER NOT NULL,
    "connections" INTEGER NOT NULL,
    "live_events" BIGINT NOT NULL,
    "connects" BIGINT NOT NULL,
    "refused" BIGINT NOT NULL,
    "webhook_attempts" BIGINT NOT NULL,
    "seconds_buckets" INTEGER[] NOT NULL,
    "seconds_counts" BIGINT[] NOT NULL
);

-- Rows live for seconds: their room has to be free again soon. It is kept for the next ones: to give it back to the system, a vacuum
-- would lock out pushes and receipts for a moment.
ALTER TABLE "usage_deltas" SET (
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0, vacuum_truncate = off
);
ALTER TABLE "usage_reports" SET (
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0, vacuum_truncate = off
);
