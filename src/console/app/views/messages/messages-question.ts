import { operation } from '../../data/operation.js';
import type { Options } from '../../data/view-url.js';
import type { FateInShort } from '../../words/message-words.js';
import { type TimeRange, timeRangeOf } from '../../words/span-of-time.js';

/** Rows of one page. The API tells at most 100 reasons in one answer. */
export const PAGE = 50;

export interface MessageRow extends FateInShort {
  id: string;
  recipient: string;
  message: string;
  textHidden: boolean;
  createdAt: string;
}

export interface MessagesFilter {
  recipient?: string;
  globalMessageId?: string;
  topic?: string;
  status?: string;
  cancelReason?: string;
  receipt?: string;
  createdAt?: TimeRange;
}

interface MessagesVariables {
  filter: MessagesFilter;
  limit: number;
  nextToken?: string | null;
}

export interface MessagesPage {
  messages: { items: MessageRow[]; nextToken: string | null };
}

/** One page of messages, with why those that wait do so. */
export const MESSAGES = operation<MessagesPage, MessagesVariables>(/* GraphQL */ `
  query messages($filter: MessagesFilter, $limit: Int, $nextToken: String) {
    messages(filter: $filter, limit: $limit, nextToken: $nextToken) {
      items {
        id
        recipient
        message
        textHidden
        status
        receipt
        cancelReason
        createdAt
        deliveredAt
        cancelledAt
        pendingReason {
          code
          since
        }
        deliveredTo {
          userAgent
        }
      }
      nextToken
    }
  }
`);

/** The part of a row that changes. */
export type RowState = Pick<
  MessageRow,
  'id' | 'status' | 'receipt' | 'cancelReason' | 'deliveredAt' | 'cancelledAt' | 'deliveredTo'
>;

/** The newest messages, without what costs the nodes a question. */
export const NEWEST = operation<{ messages: { items: RowState[] } }, MessagesVariables>(/* GraphQL */ `
  query newestMessages($filter: MessagesFilter, $limit: Int) {
    messages(filter: $filter, limit: $limit) {
      items {
        id
        status
        receipt
        cancelReason
        deliveredAt
        cancelledAt
        deliveredTo {
          userAgent
        }
      }
    }
  }
`);

/** Choices of the option `status`, which counts recalled and expired apart. */
const STATUS: Readonly<Record<string, MessagesFilter>> = {
  waiting: { status: 'PENDING' },
  delivered: { status: 'DELIVERED' },
  recalled: { cancelReason: 'RECALLED' },
  expired: { cancelReason: 'EXPIRED' },
};

/** Names of the options by which the list is narrowed, beside the name. */
export const FILTERS = ['status', 'receipt', 'topic', 'global', 'time', 'from', 'to'] as const;

/** Reads what is asked from the options in the URL. */
export function filterOf(options: Options, now: number): MessagesFilter {
  const { name = '', status = '', receipt = '', topic = '', global = '' } = options;
  const createdAt = timeRangeOf(options, now);
  return {
    ...(name === '' ? {} : { recipient: name }),
    ...(STATUS[status] ?? {}),
    ...(receipt === '' ? {} : { receipt: receipt.toUpperCase() }),
    ...(topic === '' ? {} : { topic }),
    ...(global === '' ? {} : { globalMessageId: global }),
    ...(createdAt === undefined ? {} : { createdAt }),
  };
}
