import type { ActivityStore } from './activity-store.js';
import type { AuditStore } from './audit-store.js';
import type { DeliveryStore } from './delivery-store.js';
import type { PushStore } from './push-store.js';
import type { QueryStore } from './query-store.js';
import type { RecallStore } from './recall-store.js';
import type { RetentionStore } from './retention-store.js';
import type { RevocationStore } from './revocation-store.js';

/**
 * Keeps messages. Each consumer sees its own interface only.
 *
 * The contract suite (`test/contract/message-store.ts`) holds every implementation to these promises: an
 * answer is durable; PENDING means neither settled nor expired nor recalled; a status never moves back; the
 * loser of a race is told. Every method throws TidingsError SERVICE_UNAVAILABLE with the right `outcome`
 * while the database is away. All times are the database's.
 */
export interface MessageStore
  extends PushStore,
    QueryStore,
    RecallStore,
    RevocationStore,
    DeliveryStore,
    RetentionStore,
    ActivityStore,
    AuditStore {}
