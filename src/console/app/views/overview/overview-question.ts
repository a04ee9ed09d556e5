import { operation } from '../../data/operation.js';

/** What happened in an hour or a day of GMT. */
export interface UsageStep {
  from: string;
  to: string;
  accepted: number;
  delivered: number;
  recalled: number;
  expired: number;
  globals: number;
  connects: number;
  refused: number;
  peakConnections: number;
  deliverySeconds: { p50: number; p99: number } | null;
}

interface UsageVariables {
  from: string;
  step: 'HOUR' | 'DAY';
}

export const USAGE = operation<{ usage: UsageStep[] }, UsageVariables>(/* GraphQL */ `
  query usage($from: String!, $step: UsageStep!) {
    usage(during: { from: $from }, step: $step) {
      from
      to
      accepted
      delivered
      recalled
      expired
      globals
      connects
      refused
      peakConnections
      deliverySeconds {
        p50
        p99
      }
    }
  }
`);

export const WAITING = operation<{ messageCounts: { pending: number; exact: boolean } }>(/* GraphQL */ `
  query waiting {
    messageCounts(filter: { status: PENDING }) {
      pending
      exact
    }
  }
`);
