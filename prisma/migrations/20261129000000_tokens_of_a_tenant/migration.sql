-- Tokens of the tenant that carry a smaller number are dead, whoever their recipient is. The moment is for nodes that look for what is new.
ALTER TABLE "tenants" ADD COLUMN "revocation" BIGINT NOT NULL DEFAULT 0, ADD COLUMN "revoked_at" TIMESTAMPTZ(3);
