-- Webhooks: who is told of status events, what waits for them, and how it went. See docs/design/webhooks.md.
CREATE TYPE "WebhookState" AS ENUM ('ACTIVE', 'FAILING', 'PAUSED', 'DISABLED');

-- "position" is the number of the last event that was looked at for it. "secret" and "former_secret" are encrypted with SECRETS_KEY.
CREATE TABLE "webhooks" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "url" TEXT NOT NULL,
    "events" "StatusEventType"[] NOT NULL,
    "description" TEXT,
    "include_text" BOOLEAN NOT NULL,
    "max_batch" INTEGER NOT NULL,
    "globals" BOOLEAN NOT NULL,
    "state" "WebhookState" NOT NULL DEFAULT 'ACTIVE',
    "state_reason" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "created_by" UUID,
    "secret" BYTEA NOT NULL,
    "former_secret" BYTEA,
    "former_secret_until" TIMESTAMPTZ(3),
    "position" BIGINT NOT NULL,
    "failures_in_row" INTEGER NOT NULL DEFAULT 0,
    "failing_since" TIMESTAMPTZ(3),
    "last_success_at" TIMESTAMPTZ(3),
    "dropped" BIGINT NOT NULL DEFAULT 0,
    "tested_at" TIMESTAMPTZ(3)[] NOT NULL DEFAULT '{}',

    CONSTRAINT "webhooks_pkey" PRIMARY KEY ("tenant_id", "id")
);

-- Which node sends for a tenant, and until when it may. The row stays when the tenant's last webhook goes.
CREATE TABLE "webhook_senders" (
    "tenant_id" UUID NOT NULL,
    "node" UUID,
    "leased_until" TIMESTAMPTZ(3) NOT NULL DEFAULT '-infinity',

    CONSTRAINT "webhook_senders_pkey" PRIMARY KEY ("tenant_id")
);

ALTER TABLE "webhooks" ADD CONSTRAINT "webhooks_tenant_id_fkey"
  FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "webhook_senders" ADD CONSTRAINT "webhook_senders_tenant_id_fkey"
  FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Events on their way to a webhook, until it has them or they are given up: a row for each. Those of one request are sent together.
-- "due_at" is infinity while a former event of the same message is on its way. No foreign key: rows come and go by thousands a second.
CREATE TABLE "webhook_queue" (
    "tenant_id" UUID NOT NULL,
    "webhook_id" UUID NOT NULL,
    "number" BIGINT NOT NULL,
    "request_id" UUID NOT NULL,
    "message_id" UUID NOT NULL,
    "batch" BOOLEAN NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "due_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "webhook_queue_pkey" PRIMARY KEY ("tenant_id", "webhook_id", "number", "request_id")
);

CREATE INDEX "webhook_queue_due_idx" ON "webhook_queue"("tenant_id", "webhook_id", "due_at", "number");
CREATE INDEX "webhook_queue_message_idx" ON "webhook_queue"("tenant_id", "webhook_id", "message_id");

-- Events that were given up after their last attempt, as long as the feed keeps them: they can be replayed.
CREATE TABLE "webhook_given_up" (
    "tenant_id" UUID NOT NULL,
    "webhook_id" UUID NOT NULL,
    "number" BIGINT NOT NULL,

    CONSTRAINT "webhook_given_up_pkey" PRIMARY KEY ("tenant_id", "webhook_id", "number")
);

-- Attempts, kept for 7 days. "id" is of version 7 and has the time. "last_number" is that of the last of its events.
CREATE TABLE "webhook_attempts" (
    "tenant_id" UUID NOT NULL,
    "webhook_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "numbers" BIGINT[] NOT NULL,
    "last_number" BIGINT,
    "attempt" INTEGER NOT NULL,
    "failed" BOOLEAN NOT NULL,
    "http_status" INTEGER,
    "error" TEXT,
    "duration_ms" INTEGER NOT NULL,
    "response_start" TEXT,
    "next_attempt_at" TIMESTAMPTZ(3),

    CONSTRAINT "webhook_attempts_pkey" PRIMARY KEY ("tenant_id", "webhook_id", "id")
);

CREATE INDEX "webhook_attempts_event_idx" ON "webhook_attempts"("tenant_id", "webhook_id", "last_number");
CREATE INDEX "webhook_attempts_failed_idx" ON "webhook_attempts"("tenant_id", "webhook_id", "id") WHERE "failed";

-- Rows that live for seconds, or change each second: their room has to be free again soon, and is kept for the next ones.
ALTER TABLE "webhook_queue" SET (
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0, vacuum_truncate = off
);
ALTER TABLE "webhooks" SET (
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500, vacuum_truncate = off, fillfactor = 50
);
ALTER TABLE "webhook_senders" SET (
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500, vacuum_truncate = off, fillfactor = 50
);
ALTER TABLE "webhook_attempts" SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.1);
