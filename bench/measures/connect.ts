import { cpuSeconds } from '../lib/cpu.js';
import { startFloor } from '../lib/floor.js';
import { connectAll } from '../lib/load-client.js';
import { judge, type Measure } from '../lib/measure.js';
import { startBenchProduct } from '../lib/product.js';
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
    const floor: number[] = [];
    const cpu: number[] = [];
    const bareCpu: number[] = [];
    const busy: number[] = [];
    const recipients = Array.from({ length: n }, (_, i) => `recipient-${i}`);
    for (let round = 0; round < rounds; round++) {
      progress(`round ${round + 1} of ${rounds}`);
      const product = await startBenchProduct({ placement: { delivery: 0 } });
      const bare = await startFloor('bench/floors/bare-ws.mjs', 0);
      const targets = await product.targets(recipients, { sourceIp: '127.0.0.0/8' });
      const [port, pid] = [product.deliveryPorts[0] as number, product.deliveryPids[0] as number];
      const before = await cpuSeconds(pid);
      const clients = await connectAll(port, targets, { cpu: 1 });
      busy.push((clients.connected.cpu * 1e8) / clients.connected.elapsedUs);
      ours.push((clients.connected.open * 1e6) / clients.connected.elapsedUs);
      cpu.push((((await cpuSeconds(pid)) - before) * 1e6) / n);
      const bareBefore = await cpuSeconds(bare.pid);
      const bareClients = await connectAll(
        bare.port,
        recipients.map(() => '/'),
        { cpu: 1 },
      );
      floor.push((bareClients.connected.open * 1e6) / bareClients.connected.elapsedUs);
      bareCpu.push((((await cpuSeconds(bare.pid)) - bareBefore) * 1e6) / n);
      await Promise.all([clients.stop(), bareClients.stop()]);
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
          'bare ws/s': show(sample(floor)),
          'bare ws to tidings': number(sample(floor).median / sample(ours).median),
          'CPU µs each': show(sample(cpu)),
          'bare ws CPU µs each': show(sample(bareCpu)),
          'load client busy': `${number(sample(busy).median)} %`,
        },
      ],
      verdicts: [judge('a storm of 10,000, bare ws to tidings', found, ratio, { atMost: 2 })],
      figures: { 'handshakes/s': sample(ours).median, 'CPU µs each': sample(cpu).median },
    };
  },
};
