-- Names recipients in the audit log, by HMAC-SHA256. The default gives each tenant a key of its own, those that nodes of older versions
-- make included: 244 random bits of the server's.
ALTER TABLE "tenants" ADD COLUMN "audit_key" BYTEA NOT NULL
  DEFAULT sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));

CREATE TYPE "AuditOutcome" AS ENUM ('DONE', 'REFUSED', 'FAILED', 'UNKNOWN');

-- Who did what, and what became of it. The id tells the moment.
CREATE TABLE "audit_entries" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "api_key_id" UUID,
    "key_prefix" TEXT,
    "key_name" TEXT,
    "operation" TEXT NOT NULL,
    "subject" TEXT,
    "recipient_hmac" BYTEA,
    "address" TEXT,
    "outcome" "AuditOutcome" NOT NULL,
    "code" TEXT,
    "request_id" TEXT,
    "once" BYTEA,

    CONSTRAINT "audit_entries_pkey" PRIMARY KEY ("tenant_id", "id")
);

CREATE INDEX "audit_entries_recipient_idx" ON "audit_entries" ("tenant_id", "recipient_hmac", "id") WHERE "recipient_hmac" IS NOT NULL;
CREATE INDEX "audit_entries_key_idx" ON "audit_entries" ("tenant_id", "api_key_id", "id") WHERE "api_key_id" IS NOT NULL;
-- Lets reads that are one entry together be one, whichever nodes answer them.
CREATE UNIQUE INDEX "audit_entries_once_idx" ON "audit_entries" ("tenant_id", "once") WHERE "once" IS NOT NULL;
