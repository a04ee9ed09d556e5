import { operation } from '../../data/operation.js';
import type { ActivityEntry } from '../../words/activity-words.js';
import type { Fate } from '../../words/message-words.js';

export interface OneMessage extends Fate {
  id: string;
  message: string;
  textHidden: boolean;
  topic: string | null;
  createdAt: string;
  globalMessageId: string | null;
  deliveredTo: {
    connectionId: string;
    since: string | null;
    topic: string | null;
    sourceIp: string | null;
    origin: string | null;
    userAgent: string | null;
  } | null;
}

export const MESSAGE = operation<{ message: OneMessage | null }, { id: string }>(/* GraphQL */ `
  query message($id: ID!) {
    message(id: $id) {
      id
      recipient
      message
      textHidden
      topic
      status
      receipt
      cancelReason
      createdAt
      expiresAt
      deliveredAt
      cancelledAt
      globalMessageId
      pendingReason {
        code
        since
        text
      }
      deliveredTo {
        connectionId
        since
        topic
        sourceIp
        origin
        userAgent
      }
    }
  }
`);

/** As many comings and goings as are kept of a recipient. */
export const ACTIVITY_KEPT = 200;

export interface RecipientActivity {
  recipient: { activity: { items: ActivityEntry[] } | null } | null;
}

/** What a recipient did meanwhile. */
export const MEANWHILE = operation<RecipientActivity, { name: string; limit: number }>(/* GraphQL */ `
  query meanwhile($name: String!, $limit: Int) {
    recipient(name: $name) {
      activity(limit: $limit) {
        items {
          at
          lastAt
          times
          kind
          connectionId
          connectedSeconds
          reason
          detail
          topic
          sourceIp
          origin
          userAgent
        }
      }
    }
  }
`);

/** Which of a recipient's messages became overdue, and when: those that the feed keeps. */
export const OVERDUE = operation<
  { statusEvents: { items: Array<{ messageId: string; at: string }> } },
  { recipient: string }
>(/* GraphQL */ `
  query overdue($recipient: String!) {
    statusEvents(filter: { recipient: $recipient, types: [OVERDUE] }, limit: 1000) {
      items {
        messageId
        at
      }
    }
  }
`);

export const RECALL = operation<{ cancelMessages: { cancelled: number; complete: boolean } }, { ids: string[] }>(/* GraphQL */ `
  mutation recall($ids: [ID!]) {
    cancelMessages(input: { ids: $ids }) {
      cancelled
      complete
    }
  }
`);
