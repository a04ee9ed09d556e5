-- Whether a tenant has erased anybody lately: asked by each statement that makes rows of global messages.
CREATE INDEX "revocations_erased_idx" ON "revocations"("tenant_id") WHERE "erased_at" IS NOT NULL;
