// Runs the floor for broadcasts: `ws` with nothing around it. Prints its port; `send N SIZE` on stdin
// writes N texts of SIZE bytes, each encoded once, to every connection, and prints when it began; `coalesce
// N SIZE` writes the N frames to a connection in one go.
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { Sender, WebSocketServer } from 'ws';

const server = createServer();
const wss = new WebSocketServer({ server, perMessageDeflate: false });
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ event: 'listening', port: server.address().port })));
createInterface({ input: process.stdin }).on('line', (line) => {
  const [command, count, size] = line.split(' ');
  if (command !== 'send' && command !== 'coalesce') process.exit(0);
  const startUs = Math.round((performance.timeOrigin + performance.now()) * 1000);
  const frames = Array.from({ length: Number(count) }, () => {
    const text = Buffer.from('x'.repeat(Number(size)));
    return Buffer.concat(Sender.frame(text, { fin: true, rsv1: false, opcode: 1, mask: false, readOnly: true }));
  });
  const writes = command === 'send' ? frames : [Buffer.concat(frames)];
  for (const frame of writes) for (const client of wss.clients) client._socket.write(frame);
  console.log(JSON.stringify({ event: 'sent', startUs, blockedMs: performance.timeOrigin + performance.now() - startUs / 1000 }));
});
