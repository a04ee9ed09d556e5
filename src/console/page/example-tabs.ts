import { print } from 'graphql';
import { gql } from 'graphql-tag';

const RECIPIENT = 'd9f3c17a-c6de-4e5e-b42b-98fbfb46a108';

const REGISTER_RECIPIENT = gql`
  mutation registerRecipient($input: RegisterRecipientInput!) {
    registerRecipient(input: $input) {
      token
      connectionUri
    }
  }
`;

const PUSH_MESSAGE = gql`
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

const MESSAGES = gql`
  query messages($filter: MessagesFilter, $nextToken: String) {
    messages(filter: $filter, nextToken: $nextToken) {
      items {
        id
        recipient
        message
        status
        receipt
        createdAt
        deliveredAt
        cancelReason
        cancelledAt
        globalMessageId
      }
      nextToken
    }
  }
`;

const PUSH_GLOBAL_MESSAGE = gql`
  mutation pushGlobalMessage($input: GlobalMessageInput!) {
    pushGlobalMessage(input: $input) {
      id
      message
      expiresAt
      createdAt
    }
  }
`;

const pretty = (variables: object) => JSON.stringify(variables, null, 2);

/**
 * Fills the console's tabs when it is opened: the way of a message from the first call to what became of it.
 */
export const EXAMPLE_TABS = [
  { query: print(REGISTER_RECIPIENT), variables: pretty({ input: { recipient: RECIPIENT } }) },
  {
    query: print(PUSH_MESSAGE),
    variables: pretty({ input: { recipients: [RECIPIENT], message: 'The quick brown fox jumps over the lazy dog' } }),
  },
  { query: print(MESSAGES), variables: pretty({ filter: { recipient: RECIPIENT } }) },
  { query: print(PUSH_GLOBAL_MESSAGE), variables: pretty({ input: { message: 'Maintenance at noon' } }) },
];
