import { createInterface } from 'node:readline';
import { ATTACKS } from './attacks/index.js';
import { Kit } from './kit.js';
import type { AttackReport, Target } from './target.js';

/**
 * `node attacker.mjs NAME TARGET`: prepares that attack and says `ready`, runs it from a line on standard
 * input to the next one, prints its report and exits. Its own process, so that its cost can be told.
 */
const [name, target = '{}'] = process.argv.slice(2);
const attack = ATTACKS.find((one) => one.name === name);
if (!attack) throw new Error(`no such attack: ${name}`);
const kit = new Kit(JSON.parse(target) as Target);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const print = (line: object) =>
  new Promise<void>((resolve) => process.stdout.write(`${JSON.stringify(line)}\n`, () => resolve()));

await attack.prepare?.(kit);
await print({ ready: true });
await lines.next();
const before = process.cpuUsage();
// What an attack meets at its end is no fault of ours.
attack.run(kit).catch((error: unknown) => kit.count(`failed: ${error}`));
await lines.next();
kit.end();
const { user, system } = process.cpuUsage(before);
await print({ counts: kit.counts, cpu: (user + system) / 1e6 } satisfies AttackReport);
process.exit(0);
