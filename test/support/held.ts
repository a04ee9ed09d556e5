import type { HeldRecipients, PendingLook } from '../../src/core/ports/stores/delivery-store.js';

/** Recipients of one tenant, as a node holds them. */
export function heldOf(tenantId: string, recipients: readonly string[]): HeldRecipients {
  const names = new Set(recipients);
  return {
    tenantIds: names.size > 0 ? [tenantId] : [],
    count: names.size,
    has: (tenant, recipient) => tenant === tenantId && names.has(recipient),
    *[Symbol.iterator]() {
      for (const recipient of names) yield { tenantId, recipient };
    },
  };
}

/** A look at what is pending for them: at what is new, unless told. */
export const lookAt = (held: HeldRecipients, over: Partial<PendingLook> = {}): PendingLook => ({
  last: null,
  everything: false,
  minAgeMs: 0,
  held: () => held,
  also: () => [],
  ...over,
});
