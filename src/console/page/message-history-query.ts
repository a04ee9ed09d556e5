import { gql } from 'graphql-tag';

/** Queries the messages to one recipient, with the fields that say what became of them. */
export const MESSAGE_HISTORY = gql`
  query messageHistory($recipient: String!, $nextToken: String) {
    messages(filter: { recipient: $recipient }, limit: 50, nextToken: $nextToken) {
      items {
        id
        message
        topic
        status
        receipt
        cancelReason
        createdAt
        expiresAt
        deliveredAt
        cancelledAt
        globalMessageId
      }
      nextToken
    }
  }
`;

export interface HistoryItem {
  id: string;
  message: string;
  topic: string | null;
  status: 'PENDING' | 'DELIVERED' | 'CANCELLED';
  receipt: 'PONG' | 'ACK' | null;
  cancelReason: 'RECALLED' | 'EXPIRED' | null;
  createdAt: string;
  expiresAt: string | null;
  deliveredAt: string | null;
  cancelledAt: string | null;
  globalMessageId: string | null;
}

export interface MessageHistoryAnswer {
  messages: { items: HistoryItem[]; nextToken: string | null };
}

const PROOF = { PONG: 'its WebSocket connection confirmed it', ACK: 'the application confirmed it' };

/** Says what became of a message, in one sentence for somebody on the telephone. */
export function sentence(item: HistoryItem): string {
  const proof = item.receipt ? PROOF[item.receipt] : '';
  switch (item.status) {
    case 'PENDING':
      return `Waiting: no client has proved that it has it${item.expiresAt ? `; expires ${item.expiresAt}` : ''}.`;
    case 'DELIVERED':
      return `Delivered ${item.deliveredAt}: ${proof}.`;
    case 'CANCELLED': {
      const end = item.cancelReason === 'RECALLED' ? `Recalled ${item.cancelledAt}` : `Expired ${item.cancelledAt}`;
      return item.deliveredAt ? `${end}, but a client has it: since ${item.deliveredAt}, ${proof}.` : `${end}, undelivered.`;
    }
  }
}
