-- The feed of status events. See docs/design/status-feed.md.
CREATE TYPE "StatusEventType" AS ENUM ('DELIVERED', 'RECALLED', 'EXPIRED', 'OVERDUE', 'LATE_RECEIPT');

-- Whose feed is switched on. A tenant that never switched it on has no row. Every settling statement looks here, so nothing is written
-- here but by switching.
CREATE TABLE "status_feeds" (
    "tenant_id" UUID NOT NULL,
    "enabled" BOOLEAN NOT NULL,
    "globals" BOOLEAN NOT NULL,

    CONSTRAINT "status_feeds_pkey" PRIMARY KEY ("tenant_id")
);

-- How far each feed has come: the last number that was given, and the last that retention has deleted.
CREATE TABLE "status_feed_heads" (
    "tenant_id" UUID NOT NULL,
    "last_number" BIGINT NOT NULL DEFAULT 0,
    "forgotten_to" BIGINT NOT NULL DEFAULT 0,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL DEFAULT '-infinity',

    CONSTRAINT "status_feed_heads_pkey" PRIMARY KEY ("tenant_id")
);

ALTER TABLE "status_feeds" ADD CONSTRAINT "status_feeds_tenant_id_fkey"
  FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "status_feed_heads" ADD CONSTRAINT "status_feed_heads_tenant_id_fkey"
  FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- One row. "epoch" is a part of every position: a database that was restored gets another
-- one, drawn at random, since two copies of one backup may go on side by side.
CREATE TABLE "status_feed_state" (
    "only" BOOLEAN NOT NULL DEFAULT true,
    "epoch" INTEGER NOT NULL DEFAULT floor(random() * 67108864)::INTEGER,

    CONSTRAINT "status_feed_state_pkey" PRIMARY KEY ("only"),
    CONSTRAINT "status_feed_state_only_check" CHECK ("only")
);
INSERT INTO "status_feed_state" DEFAULT VALUES;

-- The order of events of one message: drawn while its row is locked.
CREATE SEQUENCE "status_event_seq" AS BIGINT;

-- Events that have no number yet, in the transaction of the settlement. They stay for a fraction of a second.
CREATE TABLE "status_event_inbox" (
    "seq" BIGINT NOT NULL DEFAULT nextval('status_event_seq'),
    "tenant_id" UUID NOT NULL,
    "type" "StatusEventType" NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "message_id" UUID NOT NULL,
    "recipient" TEXT COLLATE "C" NOT NULL,
    "topic" TEXT COLLATE "C",
    "global_message_id" UUID,
    "receipt" "ReceiptKind",
    "cancel_reason" "CancelReason",

    CONSTRAINT "status_event_inbox_pkey" PRIMARY KEY ("seq")
);

-- Events with their numbers, which are dense and in the order of commits, tenant by tenant.
CREATE TABLE "status_events" (
    "tenant_id" UUID NOT NULL,
    "number" BIGINT NOT NULL,
    "type" "StatusEventType" NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "message_id" UUID NOT NULL,
    "recipient" TEXT COLLATE "C" NOT NULL,
    "topic" TEXT COLLATE "C",
    "global_message_id" UUID,
    "receipt" "ReceiptKind",
    "cancel_reason" "CancelReason",
    "recorded_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "status_events_pkey" PRIMARY KEY ("tenant_id", "number")
);

-- Events of one recipient: for the filter, and for erasure.
CREATE INDEX "status_events_recipient_idx" ON "status_events"("tenant_id", "recipient", "number");

-- When to look whether a message is still pending. A table of its own: an index on "messages" would lock out pushes while it is built.
CREATE TABLE "overdue_checks" (
    "tenant_id" UUID NOT NULL,
    "message_id" UUID NOT NULL,
    "due_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "overdue_checks_pkey" PRIMARY KEY ("tenant_id", "message_id")
);
CREATE INDEX "overdue_checks_due_idx" ON "overdue_checks"("due_at");

-- Rows of the inbox live for less than a second: their room has to be free again soon, and is kept for the next ones.
ALTER TABLE "status_event_inbox" SET (
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0, vacuum_truncate = off
);
ALTER TABLE "status_feed_heads" SET (
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500, vacuum_truncate = off, fillfactor = 50
);
ALTER TABLE "status_events" SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.1);
ALTER TABLE "overdue_checks" SET (autovacuum_vacuum_scale_factor = 0.05);
