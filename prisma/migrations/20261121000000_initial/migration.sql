-- CreateEnum
CREATE TYPE "MessageStatus" AS ENUM ('PENDING', 'DELIVERED', 'CANCELLED');

-- CreateEnum
CREATE TYPE "ReceiptKind" AS ENUM ('PONG', 'ACK');

-- CreateEnum
CREATE TYPE "CancelReason" AS ENUM ('RECALLED', 'EXPIRED');

-- CreateTable
CREATE TABLE "tenants" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "disabled_at" TIMESTAMPTZ(3),

    CONSTRAINT "tenants_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_keys" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "hash" BYTEA NOT NULL,
    "prefix" TEXT NOT NULL,
    "name" TEXT,
    "scope" TEXT NOT NULL,
    "bootstrap" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "last_used_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_keys_pkey" PRIMARY KEY ("id")
);

-- Names, labels and keys are compared for equality only: collation "C" is the cheapest and never changes with an operating system.
-- CreateTable
CREATE TABLE "messages" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "recipient" TEXT COLLATE "C" NOT NULL,
    "message" TEXT,
    "topic" TEXT COLLATE "C",
    "status" "MessageStatus" NOT NULL DEFAULT 'PENDING',
    "receipt" "ReceiptKind",
    "cancel_reason" "CancelReason",
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "delivered_at" TIMESTAMPTZ(3),
    "cancelled_at" TIMESTAMPTZ(3),
    "global_message_id" UUID,

    CONSTRAINT "messages_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "global_messages" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "message" TEXT NOT NULL,
    "topic" TEXT COLLATE "C",
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "cancelled_at" TIMESTAMPTZ(3),

    CONSTRAINT "global_messages_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "idempotency_keys" (
    "tenant_id" UUID NOT NULL,
    "key" TEXT COLLATE "C" NOT NULL,
    "input_hash" BYTEA NOT NULL,
    "answer" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY ("tenant_id","key")
);

-- CreateTable
CREATE TABLE "revocations" (
    "tenant_id" UUID NOT NULL,
    "recipient_hash" BYTEA NOT NULL,
    "number" BIGINT NOT NULL,
    "revoked_at" TIMESTAMPTZ(3) NOT NULL,
    "erased_at" TIMESTAMPTZ(3),
    "keep_until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "revocations_pkey" PRIMARY KEY ("tenant_id","recipient_hash")
);

-- CreateIndex
CREATE UNIQUE INDEX "tenants_name_key" ON "tenants"("name");

-- CreateIndex
CREATE UNIQUE INDEX "api_keys_hash_key" ON "api_keys"("hash");

-- CreateIndex
CREATE INDEX "api_keys_tenant_id_idx" ON "api_keys"("tenant_id");

-- CreateIndex
CREATE INDEX "messages_tenant_id_recipient_id_idx" ON "messages"("tenant_id", "recipient", "id");

-- CreateIndex
CREATE INDEX "idempotency_keys_created_at_idx" ON "idempotency_keys"("created_at");

-- CreateIndex
CREATE INDEX "revocations_tenant_id_revoked_at_idx" ON "revocations"("tenant_id", "revoked_at");

-- CreateIndex
CREATE INDEX "revocations_keep_until_idx" ON "revocations"("keep_until");

-- AddForeignKey
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What follows cannot be said in schema.prisma.

-- What is pending, by recipient: drains and sweeps cost what is pending, not what was ever delivered.
CREATE INDEX "messages_pending_idx" ON "messages"("tenant_id", "recipient", "id") WHERE "status" = 'PENDING';

-- Pages by topic and by global message. A row without either has no entry here.
CREATE INDEX "messages_topic_idx" ON "messages"("tenant_id", "topic", "id") WHERE "topic" IS NOT NULL;
CREATE INDEX "messages_global_idx" ON "messages"("tenant_id", "global_message_id", "id") WHERE "global_message_id" IS NOT NULL;

-- Pages by expiresAt; with the next one, pages of what is cancelled. A row that never expires and is not cancelled has no entry.
CREATE INDEX "messages_expires_idx" ON "messages"("tenant_id", "id", "expires_at") WHERE "expires_at" IS NOT NULL;
CREATE INDEX "messages_cancelled_idx" ON "messages"("tenant_id", "id")
  WHERE "status" = 'CANCELLED' OR ("status" = 'PENDING' AND "expires_at" IS NOT NULL);

-- Expiries that are due.
CREATE INDEX "messages_due_idx" ON "messages"("expires_at") WHERE "status" = 'PENDING' AND "expires_at" IS NOT NULL;

-- Retention walks each tenant's rows by id, oldest first, and never comes back: what was settled within a minute of its creation can go
-- when it is reached. Whatever was settled later is found here, so that an ordinary row costs retention no index entry.
CREATE INDEX "messages_settled_late_idx" ON "messages"((COALESCE("cancelled_at", "delivered_at")))
  WHERE "status" <> 'PENDING' AND (COALESCE("cancelled_at", "delivered_at") - "created_at") > INTERVAL '1 minute';

-- Global messages that may still be owed to somebody who connects.
CREATE INDEX "global_messages_running_idx" ON "global_messages"("tenant_id", "expires_at")
  WHERE "expires_at" IS NOT NULL AND "cancelled_at" IS NULL;
CREATE INDEX "global_messages_topic_idx" ON "global_messages"("tenant_id", "topic", "id") WHERE "topic" IS NOT NULL;
-- When a global message ended: retention counts from there.
CREATE INDEX "global_messages_ended_idx" ON "global_messages"((COALESCE("cancelled_at", "expires_at", "created_at")));

-- Rows are inserted once, updated once and deleted: vacuum has to come by often for the index of what is pending to stay small.
ALTER TABLE "messages" SET (
  autovacuum_vacuum_scale_factor = 0.02,
  autovacuum_vacuum_insert_scale_factor = 0.05,
  autovacuum_analyze_scale_factor = 0.05,
  autovacuum_vacuum_cost_delay = 1
);

-- The order of creation within a millisecond, on all nodes.
CREATE SEQUENCE "message_seq" AS BIGINT;

-- Revocation numbers. One sequence for all recipients, so that a number never comes back after its row was deleted.
CREATE SEQUENCE "revocation_seq" AS BIGINT;

-- A UUID of version 7: 48 bits of milliseconds, 42 bits of the sequence around version and variant, 32 random bits. Ids sort by the
-- database's clock, then by the sequence. The body is parsed now, so a session's search_path cannot change what it calls.
CREATE FUNCTION "message_id"("ms" BIGINT, "seq" BIGINT) RETURNS UUID
  LANGUAGE SQL VOLATILE STRICT
  RETURN (
    lpad(to_hex(("ms" << 16) | 28672 | (("seq" >> 30) & 4095)), 16, '0')
    || to_hex((-9223372036854775808) | (("seq" & 1073741823) << 32) | floor(random() * 4294967296)::BIGINT)
  )::UUID;

-- The id of the row that a global message has for one recipient. The same as `globalRowId` in src/core/ids.ts: the time of the global's
-- id, the version, then the first bits of the hash with the variant put in. One expression, so that the planner inlines it.
CREATE FUNCTION "global_row_id"("global" UUID, "recipient" TEXT) RETURNS UUID
  LANGUAGE SQL STABLE STRICT PARALLEL SAFE
  RETURN (
    left("global"::TEXT, 13) || '7' || left(
      encode(
        set_byte(
          sha256(convert_to("global"::TEXT || ':' || "recipient", 'UTF8')),
          1,
          (get_byte(sha256(convert_to("global"::TEXT || ':' || "recipient", 'UTF8')), 1) & 243) | 8
        ),
        'hex'
      ),
      19
    )
  )::UUID;
