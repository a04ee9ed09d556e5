import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Forwards a port of 127.0.0.1 to another one, as an address that moves on a fail-over. */
export interface TcpSwitch {
  readonly port: number;
  /** Leads new connections there; open ones stay as they are. */
  leadTo(port: number): void;
  /** Ends the connections that are open. New ones are as ever. */
  cut(): void;
  /** Connections that are open stay so, but nothing passes any more: no byte, no end. New ones are as ever. */
  silence(): void;
  stop(): Promise<void>;
}

export async function startTcpSwitch(target: number): Promise<TcpSwitch> {
  let to = target;
  const sockets = new Set<Socket>();
  const silent = new WeakSet<Socket>();
  const server = createServer((inner) => {
    const outer = connect(to, '127.0.0.1');
    for (const [one, other] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      sockets.add(one);
      one.setNoDelay(true).pipe(other);
      const end = () => {
        if (!silent.has(other)) other.destroy();
      };
      one.on('error', end);
      one.on('close', () => {
        sockets.delete(one);
        end();
      });
    }
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    leadTo(port) {
      to = port;
    },
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    silence() {
      for (const socket of sockets) silent.add(socket.unpipe().pause());
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
