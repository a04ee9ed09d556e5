import { once } from 'node:events';
import { connect } from 'node:net';

/** Connects, sends a byte of an endless request head every few milliseconds (or nothing at all), and answers once it was closed. */
export async function closedSlowHead(port: number, kind: 'idle' | 'dripping'): Promise<string> {
  const tcp = connect(port, '127.0.0.1');
  let received = '';
  tcp.setEncoding('utf8').on('data', (text: string) => {
    received += text;
  });
  tcp.on('error', () => {});
  const head = 'GET /healthz HTTP/1.1\r\nhost: x\r\nx-padding: ';
  let sent = 0;
  const drip = setInterval(() => tcp.write(head[sent++] ?? 'x'), 5);
  if (kind === 'idle') clearInterval(drip);
  await once(tcp, 'close');
  clearInterval(drip);
  return received;
}
