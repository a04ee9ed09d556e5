import { randomBytes } from 'node:crypto';

/** Bytes of a secret, as Standard Webhooks 1.0.0 recommends (24 to 64). */
const BYTES = 32;
export const SECRET_PREFIX = 'whsec_';

/** Makes a secret that requests to a webhook are signed with. */
export const newWebhookSecret = (): string => `${SECRET_PREFIX}${randomBytes(BYTES).toString('base64')}`;

/** Says whose secret is encrypted: one that is copied to another tenant's webhook does not open. */
export const secretPurpose = (tenantId: string): string => `webhook secret of ${tenantId}`;
