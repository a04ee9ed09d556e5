// Measures a node's event loop; `node --import` loads it before the program. Whoever connects to the Unix
// socket <TIDINGS_BENCH_LOOP>/<pid> reads the longest block since the last read, in milliseconds. The
// node's own metric includes its 10 ms interval. With TIDINGS_BENCH_LOOP_CPU a block is the CPU time of the
// main thread between two ticks: what the kernel gave to other programs meanwhile does not count.
import { openSync, readSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const { TIDINGS_BENCH_LOOP = '', TIDINGS_BENCH_LOOP_CPU } = process.env;
const longest = TIDINGS_BENCH_LOOP_CPU ? watchCpu() : watchDelay();
const server = createServer((socket) => socket.end(String(longest())));
server.listen(join(TIDINGS_BENCH_LOOP, String(process.pid))).unref();

function watchDelay() {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  return () => {
    const ms = delay.max / 1e6;
    delay.reset();
    return ms;
  };
}

function watchCpu() {
  // The first number of schedstat is the thread's time on a CPU, in nanoseconds.
  const file = openSync(`/proc/self/task/${process.pid}/schedstat`);
  const text = Buffer.alloc(64);
  const onCpu = () => Number(text.toString('latin1', 0, readSync(file, text, 0, 64, 0)).split(' ')[0]) / 1e6;
  let last = onCpu();
  let most = 0;
  setInterval(() => {
    const now = onCpu();
    most = Math.max(most, now - last);
    last = now;
  }, 1).unref();
  return () => {
    const ms = most;
    most = 0;
    return ms;
  };
}
