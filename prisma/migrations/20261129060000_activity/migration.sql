-- Comings and goings of recipients. See docs/design/activity.md.
CREATE TYPE "ActivityKind" AS ENUM ('CONNECTED', 'DISCONNECTED', 'REFUSED');
CREATE TYPE "RefusalReason" AS ENUM ('TOKEN_EXPIRED', 'TOKEN_REVOKED', 'ORIGIN', 'SOURCE_IP', 'LIMIT');
CREATE TYPE "ConnectionProtocol" AS ENUM ('PLAIN', 'V1');

-- Equal refusals have the same "refusal_key" while they are one entry; it is NULL once an hour has passed and another one came.
CREATE TABLE "activity" (
    "tenant_id" UUID NOT NULL,
    "recipient" TEXT COLLATE "C" NOT NULL,
    "id" UUID NOT NULL,
    "kind" "ActivityKind" NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "last_at" TIMESTAMPTZ(3) NOT NULL,
    "times" INTEGER NOT NULL,
    "connection_id" UUID,
    "connected_seconds" INTEGER,
    "reason" "RefusalReason",
    "close_code" INTEGER,
    "topic" TEXT COLLATE "C",
    "protocol" "ConnectionProtocol",
    "node" TEXT NOT NULL,
    "source_ip" TEXT,
    "origin" TEXT,
    "user_agent" TEXT,
    "refusal_key" UUID,

    CONSTRAINT "activity_pkey" PRIMARY KEY ("tenant_id", "recipient", "id")
);

CREATE UNIQUE INDEX "activity_refusal_idx" ON "activity"("tenant_id", "recipient", "refusal_key") WHERE "refusal_key" IS NOT NULL;

-- What is past its retention, and whose entries grew lately. For all tenants, as the janitor works.
CREATE INDEX "activity_last_at_idx" ON "activity"("last_at");

-- Rows are inserted and deleted in the order of time: autovacuum has to come by often for the deleted ones not to pile up.
ALTER TABLE "activity" SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.1);

-- The number of the latest erasure, which later revocations do not move: a token of after the erasure may be written about.
ALTER TABLE "revocations" ADD COLUMN "erased_number" BIGINT;

-- The connection whose receipt "delivered_at" tells of.
ALTER TABLE "messages" ADD COLUMN "receipt_connection_id" UUID;
