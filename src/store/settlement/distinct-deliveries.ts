import type { GlobalDelivery } from '../../core/ports/stores/delivery-store.js';

/** Holds deliveries as columns of a statement: one for each row, the global messages apart. */
export interface DistinctDeliveries {
  globals: Array<{ tenantId: string; id: string }>;
  /** Place of each row's global among `globals`, from 1. */
  places: number[];
  rows: GlobalDelivery[];
}

interface KnownGlobal {
  place: number;
  /** Index of each recipient among the rows. */
  recipients: Map<string, number>;
}

/**
 * Merges deliveries to one for each row, with the earliest receipt.
 *
 * Keys are the strings as they came: joining them to one cost more than all the rest.
 */
export function distinctDeliveries(deliveries: readonly GlobalDelivery[]): DistinctDeliveries {
  const result: DistinctDeliveries = { globals: [], places: [], rows: [] };
  const { globals, places, rows } = result;
  const tenants = new Map<string, Map<string, KnownGlobal>>();
  for (const delivery of deliveries) {
    const { tenantId, globalMessageId, recipient } = delivery;
    let ofTenant = tenants.get(tenantId);
    if (!ofTenant) {
      ofTenant = new Map();
      tenants.set(tenantId, ofTenant);
    }
    let global = ofTenant.get(globalMessageId);
    if (!global) {
      global = { place: globals.push({ tenantId, id: globalMessageId }), recipients: new Map() };
      ofTenant.set(globalMessageId, global);
    }
    const known = global.recipients.get(recipient);
    if (known === undefined) {
      global.recipients.set(recipient, rows.push(delivery) - 1);
      places.push(global.place);
    } else rows[known] = merged(rows[known] as GlobalDelivery, delivery);
  }
  return result;
}

const merged = (a: GlobalDelivery, b: GlobalDelivery): GlobalDelivery => ({
  ...earlier(a, b),
  revocation: Math.max(a.revocation, b.revocation),
});

/** The one whose receipt came first. */
function earlier(a: GlobalDelivery, b: GlobalDelivery): GlobalDelivery {
  if (!a.receipt || !b.receipt) return a.receipt ? a : b;
  return a.receipt.at <= b.receipt.at ? a : b;
}
