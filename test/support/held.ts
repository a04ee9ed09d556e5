import type { HeldRecipients, PendingLook } from '../../src/core/ports/stores/delivery-store.js';

/** Holds recipients of one tenant, as a node does. */
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

/** Describes a look at what is pending for them: at what is new, unless told otherwise. */
export const lookAt = (held: HeldRecipients, over: Partial<PendingLook> = {}): PendingLook => ({
  last: null,
  everything: false,
  minAgeMs: 0,
  held: () => held,
  also: () => [],
  ...over,
});
