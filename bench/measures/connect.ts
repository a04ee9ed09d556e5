import { until } from '../../test/support/process.js';
import { cpuSeconds } from '../lib/cpu.js';
import { startFloor } from '../lib/floor.js';
import { connectAll } from '../lib/load-client.js';
import { judge, type Measure } from '../lib/measure.js';
import { type BenchProduct, startBenchProduct } from '../lib/product.js';
import { number, sample, show } from '../lib/table.js';

export const connect: Measure = {
  name: 'connect',
  about: 'handshakes per second with token, restrictions and an empty drain, 200 at once',
  placement:
    'Delivery node and floor on core 0, the load client on core 1; API node, PostgreSQL and Redis where the kernel puts them',
  minutes: 5,
  async run({ progress, quick, rounds }) {
    const n = quick ? 500 : 10_000;
    const ours: number[] = [];
    const again: number[] = [];
    const floor: number[] = [];
    const cpu: number[] = [];
    const cpuAgain: number[] = [];
    const bareCpu: number[] = [];
    const busy: number[] = [];
    const recipients = Array.from({ length: n }, (_, i) => `recipient-${i}`);
    for (let round = 0; round < rounds; round++) {
      progress(`round ${round + 1} of ${rounds}`);
      const product = await startBenchProduct({ placement: { delivery: 0 } });
      const bare = await startFloor('bench/floors/bare-ws.mjs', 0);
      const targets = await product.targets(recipients, { sourceIp: '127.0.0.0/8' });
      const [port, pid] = [product.deliveryPorts[0] as number, product.deliveryPids[0] as number];
      const first = await storm(port, pid, targets);
      ours.push(first.perSecond);
      cpu.push(first.cpuUs);
      busy.push(first.busy);
      await until('the connections of the first storm to be gone', async () => (await connections(product)) === 0);
      const second = await storm(port, pid, targets);
      again.push(second.perSecond);
      cpuAgain.push(second.cpuUs);
      const bareStorm = await storm(
        bare.port,
        bare.pid,
        recipients.map(() => '/'),
      );
      floor.push(bareStorm.perSecond);
      bareCpu.push(bareStorm.cpuUs);
      await bare.stop();
      await product.stop();
    }
    const ratio = sample(floor).median / sample(ours).median;
    const found = { tidings: `${show(sample(ours))}/s`, floor: `bare ws: ${show(sample(floor))}/s` };
    return {
      rows: [
        {
          connections: number(n),
          'handshakes/s': show(sample(ours)),
          'again, warm': show(sample(again)),
          'bare ws/s': show(sample(floor)),
          'bare ws to tidings': number(ratio),
          'CPU µs each': show(sample(cpu)),
          'again, warm, µs': show(sample(cpuAgain)),
          'bare ws CPU µs each': show(sample(bareCpu)),
          'load client busy': `${number(sample(busy).median)} %`,
        },
      ],
      verdicts: [judge('a storm of 10,000, bare ws to tidings', found, ratio, { atMost: 2 })],
      figures: {
        'handshakes/s': sample(ours).median,
        'CPU µs each': sample(cpu).median,
        'again, handshakes/s': sample(again).median,
        'again, CPU µs each': sample(cpuAgain).median,
      },
    };
  },
};

/** Connects everybody once, to the node or the floor with that process id, and lets go of them. */
async function storm(port: number, pid: number, targets: readonly string[]) {
  const before = await cpuSeconds(pid);
  const clients = await connectAll(port, targets, { cpu: 1 });
  const { open, elapsedUs, cpu } = clients.connected;
  const cpuUs = (((await cpuSeconds(pid)) - before) * 1e6) / targets.length;
  await clients.stop();
  return { perSecond: (open * 1e6) / elapsedUs, cpuUs, busy: (cpu * 1e8) / elapsedUs };
}

const connections = async (product: BenchProduct): Promise<number> =>
  (await product.metrics(product.deliveryPorts[0] as number)).get('tidings_connections') ?? Number.NaN;
