import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Forwards a port of 127.0.0.1 to another one, as an address that moves on a fail-over. */
export interface TcpSwitch {
  readonly port: number;
  /** Leads new connections there; open ones stay as they are. */
  leadTo(port: number): void;
  stop(): Promise<void>;
}

export async function startTcpSwitch(target: number): Promise<TcpSwitch> {
  let to = target;
  const sockets = new Set<Socket>();
  const server = createServer((inner) => {
    const outer = connect(to, '127.0.0.1');
    for (const [one, other] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      sockets.add(one);
      one.setNoDelay(true).pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    leadTo(port) {
      to = port;
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
