import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';

/** What a gateway between clients and delivery nodes does wrong. */
interface GatewayFaults {
  /** Answers the pings of nodes itself, as some API gateways do. */
  answersPings?: boolean;
  /** Lets no pong of a client pass. */
  swallowsPongs?: boolean;
  /** Cuts a connection after so long, in milliseconds, whatever passes. */
  cutsAfterMs?: number;
}

export interface FaultyGateway {
  /** URL that clients connect to. */
  url: string;
  faults: GatewayFaults;
  /** Base URLs of delivery nodes, which take turns. */
  nodes: string[];
  close(): Promise<void>;
}

/** Stands between clients and delivery nodes, and names the client in X-Forwarded-For. */
export async function startFaultyGateway(): Promise<FaultyGateway> {
  let turn = 0;
  const accepting = new WebSocketServer({ noServer: true, autoPong: false });
  const server = createServer(async (request, response) => {
    const answer = await fetch(`${(gateway.nodes[0] ?? '').replace('ws', 'http')}${request.url}`).catch(() => null);
    response.writeHead(answer?.status ?? 502).end();
  });
  const gateway: FaultyGateway = {
    url: '',
    faults: {},
    nodes: [],
    close: () =>
      new Promise((resolve) => {
        for (const client of accepting.clients) client.terminate();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  server.on('upgrade', (request: IncomingMessage, tcp, head) => {
    const { faults, nodes } = gateway;
    const headers = { 'x-forwarded-for': '198.51.100.9' };
    const upstream = new WebSocket(`${nodes[turn++ % nodes.length]}${request.url}`, { autoPong: false, headers });
    tcp.on('error', () => {});
    upstream.on('error', () => tcp.destroy());
    upstream.once('unexpected-response', (_, { statusCode }) => {
      tcp.end(`HTTP/1.1 ${statusCode} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      upstream.terminate();
    });
    upstream.once('open', () => accepting.handleUpgrade(request, tcp, head, (client) => join(client, upstream, faults)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  gateway.url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return gateway;
}

function join(client: WebSocket, upstream: WebSocket, faults: GatewayFaults): void {
  const end = () => {
    client.terminate();
    upstream.terminate();
  };
  for (const side of [client, upstream]) side.on('error', () => {}).on('close', end);
  upstream.on('message', (data) => client.send(String(data)));
  client.on('message', (data) => upstream.send(String(data)));
  upstream.on('ping', (payload) => (faults.answersPings ? upstream.pong(payload) : client.ping(payload)));
  client.on('pong', (payload) => {
    if (!faults.swallowsPongs && !faults.answersPings) upstream.pong(payload);
  });
  if (faults.cutsAfterMs !== undefined) setTimeout(end, faults.cutsAfterMs).unref();
}
