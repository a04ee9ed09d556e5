// Runs a peer for broadcasts: Socket.IO with its defaults, WebSocket only. It takes the commands of
// bare-ws.mjs.
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { Server } from 'socket.io';

const server = createServer();
const io = new Server(server, { transports: ['websocket'], serveClient: false });
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ event: 'listening', port: server.address().port })));
createInterface({ input: process.stdin }).on('line', (line) => {
  const [command, count, size] = line.split(' ');
  if (command !== 'send') process.exit(0);
  const startUs = Math.round((performance.timeOrigin + performance.now()) * 1000);
  for (let i = 0; i < Number(count); i++) io.emit('message', 'x'.repeat(Number(size)));
  console.log(JSON.stringify({ event: 'sent', startUs, blockedMs: performance.timeOrigin + performance.now() - startUs / 1000 }));
});
