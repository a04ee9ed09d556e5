import type { SlotShare, SlotWork } from './fair-slots.js';

/**
 * Kinds of work that the connections of a pool are shared between.
 *
 * - `push`: accepts messages, with what must be known before.
 * - `settle`: receipts, and rows of global messages that were sent.
 * - `deliver`: what connects, drains and sweeps read.
 * - `read`: what tenants ask about their messages.
 * - `recall`: cancels and erases, which may take long.
 * - `admin`: tenants, keys, revocations, live topics' rules.
 * - `webhook`: what is told to webhooks.
 * - `internal`: clock, keys of callers, clean-up.
 */
export type WorkKind = 'push' | 'settle' | 'deliver' | 'read' | 'recall' | 'admin' | 'webhook' | 'internal';

/** Says for whom a statement runs, and what for. */
export type Work = SlotWork<WorkKind>;

/**
 * Shares of the connections. Statements of `read`, `recall` and `admin` take as long as tenants make them
 * take, so these kinds leave much free for what must go on, and one tenant has a part of theirs.
 * See docs/design/fair-shares.md.
 */
export const SHARES: Readonly<Record<WorkKind, SlotShare>> = {
  push: { weight: 4, leaves: 0.2, perOwner: 0.3 },
  settle: { weight: 4, leaves: 0, perOwner: 1 },
  deliver: { weight: 4, leaves: 0, perOwner: 1 },
  read: { weight: 2, leaves: 0.3, perOwner: 0.5 },
  recall: { weight: 1, leaves: 0.6, perOwner: 0.2 },
  admin: { weight: 1, leaves: 0.5, perOwner: 0.2 },
  webhook: { weight: 1, leaves: 0.5, perOwner: 0.2 },
  internal: { weight: 4, leaves: 0, perOwner: 1 },
};

/** Work that many tenants share a statement of, each by turns that it has had before. */
const ofMany = (kind: WorkKind): Work => ({ kind, owner: null });

export const PUSHES = ofMany('push');
export const SETTLEMENTS = ofMany('settle');
export const DELIVERIES = ofMany('deliver');
export const INTERNAL = ofMany('internal');

/** A statement for one call of a push, beside those that calls share. */
export const pushOf = (tenantId: string): Work => ({ kind: 'push', owner: tenantId });
export const readOf = (tenantId: string): Work => ({ kind: 'read', owner: tenantId });
export const recallOf = (tenantId: string): Work => ({ kind: 'recall', owner: tenantId });
export const webhooksOf = (tenantId: string): Work => ({ kind: 'webhook', owner: tenantId });
/** @param tenantId null for work on the list of tenants, as the CLI does it */
export const adminOf = (tenantId: string | null): Work => ({ kind: 'admin', owner: tenantId });
