import { operation } from '../../data/operation.js';
import type { TimeRange } from '../../words/span-of-time.js';

/** Rows of one page: the API counts for so many in one answer, at most. */
export const PAGE = 25;

interface Counts {
  pending: number;
  delivered: number;
  cancelled: number;
  exact: boolean;
}

export interface GlobalRow {
  id: string;
  message: string;
  textHidden: boolean;
  topic: string | null;
  expiresAt: string | null;
  createdAt: string;
  cancelledAt: string | null;
  counts: Counts | null;
}

interface GlobalsPage {
  globalMessages: { items: GlobalRow[]; nextToken: string | null };
}

interface GlobalsVariables {
  filter: { topic?: string; createdAt?: TimeRange };
  limit: number;
  nextToken: string | null;
}

export const GLOBALS = operation<GlobalsPage, GlobalsVariables>(/* GraphQL */ `
  query globals($filter: GlobalMessagesFilter, $limit: Int, $nextToken: String) {
    globalMessages(filter: $filter, limit: $limit, nextToken: $nextToken) {
      items {
        id
        message
        textHidden
        topic
        expiresAt
        createdAt
        cancelledAt
        counts {
          pending
          delivered
          cancelled
          exact
        }
      }
      nextToken
    }
  }
`);

export const RECALL_GLOBAL = operation<
  { cancelMessages: { cancelled: number; complete: boolean } },
  { id: string }
>(/* GraphQL */ `
  mutation recallGlobal($id: ID!) {
    cancelMessages(input: { globalMessageId: $id }) {
      cancelled
      complete
    }
  }
`);
