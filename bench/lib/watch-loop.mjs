// Measures a node's event loop; `node --import` loads it before the program. Whoever connects to the Unix
// socket <TIDINGS_BENCH_LOOP>/<pid> reads the longest block since the last read, in milliseconds. The
// node's own metric includes its 10 ms interval.
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
