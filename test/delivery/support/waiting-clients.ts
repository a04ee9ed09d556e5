/** Is a process with clients that have been pinged, and answer once they are told that the node stands still. */
import { once } from 'node:events';
import { Client } from './client.js';

const [port, token, count] = process.argv.slice(2);
const clients = await Promise.all(
  Array.from({ length: Number(count) }, () => Client.open(Number(port), { token: token as string, pongs: false })),
);
await Promise.all(clients.map((client) => client.until(() => client.pings.length > 0)));
process.stdout.write('pinged\n');
await once(process.stdin, 'data');
for (const client of clients) {
  client.pongs = true;
  client.pong(client.pings[0] as Buffer);
}
await Promise.all(clients.map((client) => client.until(() => client.gone || client.pings.length > 1)));
process.stdout.write(`${JSON.stringify(clients.map(({ gone, closeCode }) => gone || closeCode !== null))}\n`);
process.exit(0);
