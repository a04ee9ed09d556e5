import { cpuSeconds } from '../../lib/cpu.js';
import { judge, type Measure, type Result } from '../../lib/measure.js';
import { residentKb } from '../../lib/memory.js';
import { type BenchProduct, startBenchProduct } from '../../lib/product.js';
import { RECYCLED_WAL_SETTINGS, recycleWal } from '../../lib/recycle-wal.js';
import { number } from '../../lib/table.js';
import { createTenant } from '../../lib/tenants.js';
import type { Attack } from './attack.js';
import { buildAttacker, startAttacker } from './attacker-process.js';
import { ATTACKS } from './attacks/index.js';
import type { AttackReport, Target } from './target.js';
import { type Felt, p99, Victim } from './victim.js';

/** Runs each phase for this long, in seconds: before, during and after an attack. */
const PHASES = { full: { before: 1.5, during: 3, after: 1 }, quick: { before: 0.5, during: 1, after: 0.3 } };
const USERS = 150;
const GOAL = 2;
const BLOCK_MS = 20;
const SAMPLE_MS = 100;
/** Is the least that counts as a difference, in milliseconds: a scheduler's slice on a busy machine. */
const FLOOR_MS = 20;

/** Keeps what the limits of a node are for within reach of one process. */
const ENV = { MAX_CONNECTIONS: '1000', MAX_HANDSHAKES_PER_SECOND: '200' };

/** Holds what one run of one attack did. */
interface Run {
  before: Felt;
  during: Felt;
  after: Felt;
  report: AttackReport;
  /** Is the highest resident memory of the API and the delivery node while it ran, in MiB. */
  mib: { api: number; delivery: number };
  /** Is the longest block of their loops, in milliseconds. */
  blockMs: { api: number; delivery: number };
  /** Is the CPU time of both nodes, in seconds. */
  nodesCpu: number;
}

interface Row {
  attack: Attack;
  runs: Run[];
}

/**
 * Attacks a node of each kind in one way after the other while another tenant, B, goes on. What misses a goal
 * runs again, up to `rounds` times, and counts by its best run: neighbours on the machine disturb, too.
 */
export const hostile: Measure = {
  name: 'hostile',
  about:
    'tenant B pushes 20 times a second and connects 4 times a second while A or a stranger attacks: ms from a push to its frame, what B was refused, what it cost',
  placement: 'Nothing is pinned; the attacker has the lowest priority, as if it were elsewhere',
  minutes: 90,
  async run({ progress, quick, rounds }) {
    await buildAttacker();
    const product = await startBenchProduct({ env: ENV, watchLoop: 'cpu', postgresSettings: RECYCLED_WAL_SETTINGS });
    await recycleWal(product.databaseUrl);
    const target = await aim(product, quick);
    const victim = await standBy(product);
    const only = new RegExp(process.env.TIDINGS_BENCH_ATTACKS ?? '', 'i');
    const rows: Row[] = ATTACKS.filter(({ name }) => only.test(name)).map((attack) => ({ attack, runs: [] }));
    progress('warming up');
    await victim.feel(quick ? 1 : 10);
    const alone = await victim.feel(quick ? 1 : 10);
    for (let round = 0; round < rounds; round++) {
      for (const row of rows.filter(({ runs }) => round === 0 || !meets(best(runs), p99(alone.pushMs)))) {
        const run = await runOnce(row.attack, { product, victim, target, quick });
        row.runs.push(run);
        progress(
          `${round + 1}, ${row.attack.name}: ${Object.values(rowOf({ attack: row.attack, run }, p99(alone.pushMs)))
            .slice(1)
            .join(' | ')}`,
        );
      }
    }
    victim.stop();
    await product.stop();
    return resultOf(rows, p99(alone.pushMs));
  },
};

async function aim(product: BenchProduct, quick: boolean): Promise<Target> {
  const attacking = await createTenant(product.databaseUrl, 'attacking');
  const tokensOf = async (extra: object) => {
    const targets = await product.targets(
      Array.from({ length: USERS }, (_, n) => `user-${n}`),
      extra as Record<string, unknown>,
      attacking,
    );
    return targets.map((path) => path.slice('/?token='.length));
  };
  return {
    apiPort: product.apiPorts[0] as number,
    deliveryPort: product.deliveryPorts[0] as number,
    key: attacking,
    tokens: { bare: await tokensOf({}), granted: await tokensOf({ subscribe: ['*'], publish: ['*'] }) },
    scale: quick ? 0.1 : 1,
  };
}

async function standBy(product: BenchProduct): Promise<Victim> {
  const [path = ''] = await product.targets(['victim']);
  const victim = new Victim({
    apiPort: product.apiPorts[0] as number,
    deliveryPort: product.deliveryPorts[0] as number,
    key: product.apiKey,
    token: path.slice('/?token='.length),
    recipient: 'victim',
  });
  await victim.connect();
  return victim;
}

interface Scene {
  product: BenchProduct;
  victim: Victim;
  target: Target;
  quick: boolean;
}

async function runOnce(attack: Attack, { product, victim, target, quick }: Scene): Promise<Run> {
  const phases = quick ? PHASES.quick : PHASES.full;
  const attacker = await startAttacker(attack, target);
  const before = await victim.feel(phases.before);
  await blocks(product);
  const memory = watchMemory(product);
  const cpu = await nodesCpu(product);
  attacker.begin();
  const during = await victim.feel(phases.during);
  const report = await attacker.end();
  const blockMs = await blocks(product);
  const used = (await nodesCpu(product)) - cpu;
  const mib = memory();
  const after = await victim.feel(phases.after);
  return { before, during, after, report, mib, blockMs, nodesCpu: used };
}

async function blocks(product: BenchProduct): Promise<Run['blockMs']> {
  return { api: await product.longestBlockMs(0, 'api'), delivery: await product.longestBlockMs(0) };
}

async function nodesCpu({ apiPids, deliveryPids }: BenchProduct): Promise<number> {
  let sum = 0;
  for (const pid of [...apiPids, ...deliveryPids]) sum += await cpuSeconds(pid);
  return sum;
}

/** Reads the memory of both nodes again and again; the returned function ends that and tells the highest. */
function watchMemory({ apiPids, deliveryPids }: BenchProduct): () => Run['mib'] {
  const highest = { api: 0, delivery: 0 };
  const look = async () => {
    highest.api = Math.max(highest.api, (await residentKb(apiPids[0] as number)) / 1024);
    highest.delivery = Math.max(highest.delivery, (await residentKb(deliveryPids[0] as number)) / 1024);
  };
  const timer = setInterval(() => void look().catch(() => {}), SAMPLE_MS);
  return () => {
    clearInterval(timer);
    return highest;
  };
}

const longest = ({ blockMs }: Run) => Math.max(blockMs.api, blockMs.delivery);
const ratioOf = (run: Run, alone: number) => Math.max(p99(run.during.pushMs), FLOOR_MS / GOAL) / Math.max(alone, FLOOR_MS / GOAL);
const meets = (run: Run, alone: number) =>
  ratioOf(run, alone) <= GOAL && run.during.refused.length === 0 && longest(run) <= BLOCK_MS;

/** Returns the run that refused B the least, then the quickest. */
const best = (runs: readonly Run[]): Run =>
  [...runs].sort(
    (a, b) => a.during.refused.length - b.during.refused.length || p99(a.during.pushMs) - p99(b.during.pushMs),
  )[0] as Run;

function resultOf(rows: readonly Row[], alone: number): Result {
  const found = rows.map(({ attack, runs }) => ({ attack, run: best(runs) }));
  const share = (holds: (run: Run) => boolean) => found.filter(({ run }) => holds(run)).length / found.length;
  const worst = (value: (run: Run) => number) => Math.max(...found.map(({ run }) => value(run)));
  const verdict = (what: string, holds: (run: Run) => boolean, tidings: string) =>
    judge(what, { tidings: `${tidings}, ${found.length} attacks` }, 100 * share(holds), { atLeast: 100 }, ' %');
  const worstP99 = worst((run) => p99(run.during.pushMs));
  return {
    rows: found.map((one) => rowOf(one, alone)),
    verdicts: [
      verdict('B p99 at most doubled', (run) => ratioOf(run, alone) <= GOAL, `worst ${ms(worstP99)}, alone ${ms(alone)} ms`),
      verdict(
        'none of B refused',
        (run) => run.during.refused.length === 0,
        `worst ${worst((run) => run.during.refused.length)}`,
      ),
      verdict('longest block 20 ms', (run) => longest(run) <= BLOCK_MS, `worst ${ms(worst(longest))} ms`),
    ],
    figures: { 'B alone, p99 ms': alone, 'worst p99 ms': worstP99, 'worst block ms': worst(longest) },
  };
}

const ms = (value: number) => (Number.isFinite(value) ? number(value) : 'never');

function rowOf({ attack, run }: { attack: Attack; run: Run }, alone: number): Record<string, string> {
  const { before, during, after, report, mib, blockMs } = run;
  return {
    attack: `${attack.by}: ${attack.name}`,
    'B p99 ms before, during, after': [before, during, after].map(({ pushMs }) => ms(p99(pushMs))).join(', '),
    'to alone': number(ratioOf(run, alone)),
    'handshake p99 ms': [before, during, after].map(({ handshakeMs }) => ms(p99(handshakeMs))).join(', '),
    'B refused': tally(during.refused.length > 0 ? during.refused : after.refused),
    'longest block ms, API, delivery': `${ms(blockMs.api)}, ${ms(blockMs.delivery)}`,
    'MiB, API, delivery': `${number(mib.api)}, ${number(mib.delivery)}`,
    'CPU s, nodes, attacker': `${number(run.nodesCpu)}, ${number(report.cpu)}`,
    'what it was answered': counted(report.counts),
  };
}

const tally = (refused: readonly string[]) => {
  const counts: Record<string, number> = {};
  for (const what of refused) counts[what] = (counts[what] ?? 0) + 1;
  return refused.length === 0 ? 'none' : counted(counts);
};

const counted = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts)
    .map(([what, n]) => `${number(n)} ${what}`)
    .join('; ');
