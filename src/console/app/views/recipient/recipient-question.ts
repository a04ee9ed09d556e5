import { operation } from '../../data/operation.js';
import type { ActivityEntry } from '../../words/activity-words.js';

export interface OpenConnection {
  id: string;
  since: string;
  topic: string | null;
  protocol: string;
  sourceIp: string | null;
  origin: string | null;
  userAgent: string | null;
  unconfirmed: number;
  behind: boolean;
}

interface AwaitedGlobal {
  id: string;
  message: string;
  textHidden: boolean;
  topic: string | null;
  expiresAt: string | null;
  createdAt: string;
}

export interface RecipientNow {
  name: string;
  connections: OpenConnection[];
  complete: boolean;
  lastSeenAt: string | null;
  pending: number;
  awaitedGlobals: AwaitedGlobal[];
}

/** Who is there at this moment, and what waits. */
export const RECIPIENT = operation<{ recipient: RecipientNow | null }, { name: string }>(/* GraphQL */ `
  query recipient($name: String!) {
    recipient(name: $name) {
      name
      connections {
        id
        since
        topic
        protocol
        sourceIp
        origin
        userAgent
        unconfirmed
        behind
      }
      complete
      lastSeenAt
      pending
      awaitedGlobals {
        id
        message
        textHidden
        topic
        expiresAt
        createdAt
      }
    }
  }
`);

export interface ActivityPage {
  recipient: { activity: { items: ActivityEntry[]; nextToken: string | null } | null } | null;
}

interface ActivityVariables {
  name: string;
  limit: number;
  nextToken: string | null;
}

/** What happened lately, page by page, newest first. */
export const ACTIVITY = operation<ActivityPage, ActivityVariables>(/* GraphQL */ `
  query activity($name: String!, $limit: Int, $nextToken: String) {
    recipient(name: $name) {
      activity(limit: $limit, nextToken: $nextToken) {
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
        nextToken
      }
    }
  }
`);

export const REVOKE = operation<{ revokeRecipient: { revokedAt: string } }, { recipient: string }>(/* GraphQL */ `
  mutation revoke($recipient: String!) {
    revokeRecipient(input: { recipient: $recipient }) {
      revokedAt
    }
  }
`);

export const ERASE = operation<{ eraseRecipient: { erased: number } }, { recipient: string }>(/* GraphQL */ `
  mutation erase($recipient: String!) {
    eraseRecipient(input: { recipient: $recipient }) {
      erased
    }
  }
`);
