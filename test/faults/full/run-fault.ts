import { type Fault, Unsupported } from './fault.js';
import { Stage, startServers } from './stage.js';
import { nothing, type Row, rowOf } from './table.js';

/** Continues the load for this long after the fault, in seconds. */
const AFTERWARDS_S = 6;

const warn = (error: unknown) => console.error('what a fault left could not be cleared away:', error);

/** Runs one fault on its own servers and nodes. */
export async function runFault(fault: Fault): Promise<Row> {
  let servers: Awaited<ReturnType<typeof startServers>>;
  try {
    servers = await (fault.startServers ?? (() => startServers()))();
  } catch (error) {
    if (error instanceof Unsupported) return { ...nothing(fault.about), result: `skipped: ${error.message}` };
    return { ...nothing(fault.about), result: 'FAILED', breaches: [`its servers did not start: ${error}`] };
  }
  let stage: Stage | null = null;
  try {
    stage = await Stage.start(servers, fault.stage);
    await fault.run(stage);
    stage.ended();
    await stage.accepted(AFTERWARDS_S * stage.pushesPerSecond);
    await stage.judge();
    await fault.settled?.(stage);
    fault.check?.(stage);
    return rowOf(fault.about, stage);
  } catch (error) {
    const output = stage?.installation.nodes.map((node) => `${node.role} ${node.port}:\n${node.output}`).join('\n');
    const breach = `${error instanceof Error ? error.stack : error}\n${output ?? ''}`;
    return { ...nothing(fault.about), result: 'FAILED', breaches: [...(stage?.breaches ?? []), breach] };
  } finally {
    // A server that does not end, or is gone already, must not stop the other faults.
    await stage?.stop().catch(warn);
    await servers.stop().catch(warn);
  }
}
