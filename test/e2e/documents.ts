import { gql } from 'graphql-tag';

export const REGISTER_RECIPIENT = gql`
  mutation registerRecipient($input: RegisterRecipientInput!) {
    registerRecipient(input: $input) {
      token
      connectionUri
    }
  }
`;

export const PUSH_MESSAGE = gql`
  mutation pushMessage($input: MessageInput!) {
    pushMessage(input: $input) {
      item {
        id
        message
        status
        expiresAt
        createdAt
        deliveredAt
        cancelledAt
        globalMessageId
      }
      error {
        message
      }
    }
  }
`;

export const MESSAGE = gql`
  query message($id: ID!) {
    message(id: $id) {
      status
      receipt
      deliveredAt
    }
  }
`;

export const PENDING = gql`
  query pending($recipient: String!) {
    messages(filter: { recipient: $recipient, status: PENDING }) {
      items {
        id
      }
    }
  }
`;
