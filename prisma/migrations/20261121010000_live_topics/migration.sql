-- What a tenant has written down about its live topics.
CREATE TABLE "live_topics" (
    "tenant_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "system" BOOLEAN NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "live_topics_pkey" PRIMARY KEY ("tenant_id", "name")
);

CREATE TABLE "event_rules" (
    "tenant_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "entity" TEXT NOT NULL,
    "types" TEXT[],

    CONSTRAINT "event_rules_pkey" PRIMARY KEY ("tenant_id", "key")
);

CREATE TABLE "alert_rules" (
    "tenant_id" UUID NOT NULL,
    "code" TEXT NOT NULL,
    "topic" TEXT NOT NULL,
    "condition" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "alert_rules_pkey" PRIMARY KEY ("tenant_id", "code")
);

ALTER TABLE "live_topics" ADD CONSTRAINT "live_topics_tenant_id_fkey"
  FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "event_rules" ADD CONSTRAINT "event_rules_tenant_id_fkey"
  FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "alert_rules" ADD CONSTRAINT "alert_rules_tenant_id_fkey"
  FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;
