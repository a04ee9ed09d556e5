-- What the operator has said about the tenant's limits, by policy: a number, or null for no limit whatever the default is. A policy that
-- is not there has the default; no object at all is the same for every policy.
ALTER TABLE "tenants" ADD COLUMN "limits" JSONB;
