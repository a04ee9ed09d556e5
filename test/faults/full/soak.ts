import type { Fault } from './fault.js';
import { Stage, startServers } from './stage.js';
import { type Row, rowOf } from './table.js';

/**
 * Limits the validity of global messages: half of them have an expiry, and a tenant may have 1,000 of
 * these.
 */
const OPTIONS = { globalEvery: 100, globalTtlMs: 600_000 } as const;

/** Causes faults at random, one after the other, on one installation; judges the ledger at the end. */
export async function soak(faults: readonly Fault[], minutes: number, progress: (text: string) => void): Promise<Row> {
  const servers = await startServers();
  const end = Date.now() + minutes * 60_000;
  let stage: Stage | null = null;
  const done: Record<string, number> = {};
  try {
    stage = await Stage.start(servers, OPTIONS);
    while (Date.now() < end) {
      const fault = faults[Math.floor(Math.random() * faults.length)];
      if (!fault) throw new Error('no fault');
      progress(fault.name);
      const before = stage.breaches.length;
      await fault.run(stage);
      stage.ended();
      await stage.accepted(Math.ceil(Math.random() * 10 * stage.pushesPerSecond));
      done[fault.name] = (done[fault.name] ?? 0) + 1;
      for (const breach of stage.breaches.slice(before)) progress(`  ${breach}`);
    }
    await stage.judge(120_000);
    stage.notes.splice(0, stage.notes.length, ...Object.entries(done).map(([name, times]) => `${name} ${times} times`));
    return rowOf(`soak of ${minutes} minutes`, stage);
  } finally {
    await stage?.stop();
    await servers.stop();
  }
}
