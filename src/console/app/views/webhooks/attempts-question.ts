import { operation } from '../../data/operation.js';

/** How one request to a webhook went. */
export interface AttemptRow {
  id: string;
  at: string;
  /** None for a test. */
  eventIds: string[];
  attempt: number;
  httpStatus: number | null;
  error: string | null;
  durationMs: number;
  responseStart: string | null;
  nextAttemptAt: string | null;
}

/** Rows of one page. */
const ATTEMPTS_PAGE = 50;

const ATTEMPT = /* GraphQL */ `
  id
  at
  eventIds
  attempt
  httpStatus
  error
  durationMs
  responseStart
  nextAttemptAt
`;

interface AttemptsVariables {
  id: string;
  eventId: string | null;
  failed: boolean | null;
  nextToken: string | null;
}

/** One page of attempts, newest first. */
export const ATTEMPTS = operation<
  { webhookAttempts: { items: AttemptRow[]; nextToken: string | null } },
  AttemptsVariables
>(/* GraphQL */ `
  query attempts($id: ID!, $eventId: ID, $failed: Boolean, $nextToken: String) {
    webhookAttempts(id: $id, eventId: $eventId, failed: $failed, limit: ${ATTEMPTS_PAGE}, nextToken: $nextToken) {
      items {
        ${ATTEMPT}
      }
      nextToken
    }
  }
`);

export const TEST_WEBHOOK = operation<{ testWebhook: AttemptRow | null }, { id: string }>(/* GraphQL */ `
  mutation testWebhook($id: ID!) {
    testWebhook(input: { id: $id }) {
      ${ATTEMPT}
    }
  }
`);
