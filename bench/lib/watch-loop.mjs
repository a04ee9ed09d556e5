// Loaded into a node before its program (`node --import`): the longest block of its event loop, in milliseconds, since it was last
// asked, for whoever connects to the Unix socket <TIDINGS_BENCH_LOOP>/<pid>. The node's own metric looks every 10 ms and counts that in.
import { createServer } from 'node:net';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
const server = createServer((socket) => {
  socket.end(String(delay.max / 1e6));
  delay.reset();
});
server.listen(join(process.env.TIDINGS_BENCH_LOOP, String(process.pid))).unref();
