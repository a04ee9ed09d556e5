/** Runs clients in their own process, which can be stopped, and whose work does not delay other measures. */
import { brief } from './brief.js';
import { Client, type ClientOptions } from './client.js';
import type { ClientSpec, ClientsCommand, ClientsReport } from './client-group.js';

// All processes of the machine share this clock, unlike `performance.now()`.
const now = () => Number(process.hrtime.bigint()) / 1e6;
const offset = now() - performance.now();

let clients: Client[] = [];
let frames: Array<[connection: string, recipient: string, text: string, at: number]> = [];

function report(message: ClientsReport): void {
  process.send?.(message);
}

const ledger = {
  received(connection: string, recipient: string, text: string) {
    if (frames.push([`${process.pid}:${connection}`, recipient, brief(text), now()]) > 1) return;
    setImmediate(() => {
      report({ type: 'frames', frames });
      frames = [];
    });
  },
};

function start(specs: readonly ClientSpec[], urls: readonly string[], localAddress: string | undefined): void {
  const shared: Pick<ClientOptions, 'urls' | 'ledger' | 'localAddress'> = { urls: () => urls, ledger };
  if (localAddress !== undefined) shared.localAddress = () => localAddress;
  clients = specs.map((spec) => new Client({ ...shared, ...spec }));
  for (const client of clients) client.connect();
}

function add(totals: Record<string, number>, counts: Record<string, number>): void {
  for (const [what, count] of Object.entries(counts)) totals[what] = (totals[what] ?? 0) + count;
}

function stats(): ClientsReport {
  const refusals: Record<string, number> = {};
  const closes: Record<string, number> = {};
  for (const client of clients) {
    add(refusals, client.refusals);
    add(closes, client.closes);
  }
  return {
    type: 'stats',
    open: clients.filter((client) => client.isOpen).length,
    openedAt: clients.map((client) => client.openedAt.map((at) => at + offset)),
    retryAfter: clients.flatMap((client) => client.retryAfter),
    refusals,
    closes,
  };
}

process.on('message', (command: ClientsCommand) => {
  if (command.type === 'start') start(command.clients, command.urls, command.localAddress);
  else if (command.type === 'cut') for (const client of clients) client.cut(command.awayMs);
  else if (command.type === 'read') for (const client of clients) command.reading ? client.thaw() : client.freeze();
  else if (command.type === 'read-chunk') for (const client of clients) client.readChunk();
  else if (command.type === 'stats') report(stats());
});
process.on('disconnect', () => process.exit());
