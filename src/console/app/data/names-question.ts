import { operation } from './operation.js';

/** Names that have messages, by how they begin. */
export const RECIPIENTS = operation<{ recipients: string[] }, { startsWith: string; limit: number }>(/* GraphQL */ `
  query recipients($startsWith: String!, $limit: Int) {
    recipients(startsWith: $startsWith, limit: $limit)
  }
`);
