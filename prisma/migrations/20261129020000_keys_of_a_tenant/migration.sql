-- "expires_at" becomes the earlier of expiry and planned revocation, so that nodes of the former version obey
-- both; the expiry that was given stands beside it where a revocation is planned.
ALTER TABLE "api_keys"
  ADD COLUMN "role" TEXT,
  ADD COLUMN "created_by" UUID,
  ADD COLUMN "descends_from" UUID,
  ADD COLUMN "revocation_planned_for" TIMESTAMPTZ(3),
  ADD COLUMN "given_expires_at" TIMESTAMPTZ(3);
