import type { Message } from '../../domain/message.js';
import type { ActivityStore } from '../../ports/stores/activity-store.js';
import { withDeliveredTo } from './delivered-to.js';
import { type PendingReasonsDeps, type ReasonedMessage, withPendingReasons } from './pending-reasons.js';

export interface DetailsDeps extends PendingReasonsDeps {
  store: PendingReasonsDeps['store'] & Pick<ActivityStore, 'connectionFacts'>;
}

/** What is asked for beside what the row has. */
export interface Details {
  /** Why messages wait: a question to the nodes. */
  readonly reasons: boolean;
  /** Facts about the connections that messages were delivered to. */
  readonly connections: boolean;
}

export const NO_DETAILS: Details = { reasons: false, connections: false };

/** Adds what was asked for. */
export async function withDetails(
  deps: DetailsDeps,
  tenantId: string,
  messages: Message[],
  { reasons, connections }: Details,
): Promise<ReasonedMessage[]> {
  const delivered = connections ? await withDeliveredTo(deps.store, tenantId, messages) : messages;
  return reasons ? withPendingReasons(deps, tenantId, delivered) : delivered;
}
