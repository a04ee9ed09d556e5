import type { Activity, Recipient } from '../../../packages/sdk/src/index.js';
import type { Io } from '../io.js';
import { print, table } from '../print.js';
import { type ClientOptions, withClient } from './open-client.js';

/** Shows who is connected under a name, what waits, and what happened lately. */
export async function printRecipient(io: Io, name: string, options: ClientOptions): Promise<void> {
  const recipient = await withClient(io, options, (tidings) => tidings.recipient({ name }, { include: ['activity'] }));
  print(io, options.json ?? false, recipient, linesOf(recipient));
}

function linesOf(recipient: Recipient): string[] {
  const { name, connections, complete, lastSeenAt, pending, awaitedGlobals } = recipient;
  const activity = recipient.activity?.items ?? [];
  return [
    `${name}: ${connections.length === 0 ? 'not connected' : `${connections.length} connected`}, last seen ${lastSeenAt ?? 'never'}`,
    ...(complete ? [] : ['not every node has answered: there may be more connections']),
    `${pending} pending, global messages to come: ${awaitedGlobals.length}`,
    ...section(
      'Connections',
      ['SINCE', 'PROTOCOL', 'TOPIC', 'UNCONFIRMED', 'ADDRESS', 'ORIGIN', 'BROWSER'],
      connections.map((open) => [
        ...[open.since, open.protocol, open.topic, open.unconfirmed, open.sourceIp, open.origin, open.userAgent],
      ]),
    ),
    ...section(
      'Lately',
      ['AT', 'WHAT', 'WHY', 'TIMES', 'ADDRESS', 'ORIGIN'],
      activity.map((entry) => [...[entry.lastAt, entry.kind, whyOf(entry), entry.times, entry.sourceIp, entry.origin]]),
    ),
  ];
}

const whyOf = ({ reason, closeCode, detail }: Activity) =>
  reason ?? (closeCode === null ? null : `${closeCode} ${detail ?? ''}`.trim());

type Rows = Parameters<typeof table>[1];

const section = (title: string, header: readonly string[], rows: Rows) =>
  rows.length === 0 ? [] : ['', title, ...table(header, rows)];
