import { operation } from '../../data/operation.js';

export const REGISTER = operation<{ registerRecipient: { connectionUri: string } }, { recipient: string }>(/* GraphQL */ `
  mutation tryRegister($recipient: String!) {
    registerRecipient(input: { recipient: $recipient, expiresIn: 3600 }) {
      connectionUri
    }
  }
`);

export const PUSH = operation<
  { pushMessage: Array<{ item: { id: string } | null; error: { message: string } | null }> },
  { recipient: string; text: string }
>(/* GraphQL */ `
  mutation tryPush($recipient: String!, $text: String!) {
    pushMessage(input: { recipients: [$recipient], message: $text }) {
      item {
        id
      }
      error {
        message
      }
    }
  }
`);

export interface Tried {
  status: 'PENDING' | 'DELIVERED' | 'CANCELLED';
  createdAt: string;
  deliveredAt: string | null;
}

export const STATUS = operation<{ message: Tried | null }, { id: string }>(/* GraphQL */ `
  query tryStatus($id: ID!) {
    message(id: $id) {
      status
      createdAt
      deliveredAt
    }
  }
`);

export const CLEAN_UP = operation<{ cancelMessages: { cancelled: number } }, { recipient: string }>(/* GraphQL */ `
  mutation tryCleanUp($recipient: String!) {
    cancelMessages(input: { recipient: $recipient }) {
      cancelled
    }
  }
`);
