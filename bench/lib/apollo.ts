import { callFor } from './caller-loops.js';
import { cpuPer, readCpu } from './cpu.js';
import type { Floor } from './floor.js';
import { GraphqlCaller, pushBody } from './graphql-caller.js';

export const APOLLO = 'bench/floors/apollo.mjs';

/**
 * Measures Apollo with a resolver that does nothing: calls per second, and its CPU per call in
 * microseconds.
 */
export async function pushForNothing(
  apollo: Floor,
  options: { callers: number; seconds: number; text: string },
): Promise<{ perSecond: number; cpu: number }> {
  const body = pushBody(['recipient'], options.text);
  const before = await readCpu({ apollo: [apollo.pid] });
  const answered = await callFor(
    options.seconds,
    options.callers,
    () => new GraphqlCaller(apollo.port, 'none'),
    () => body,
  );
  const cpu = cpuPer(before, await readCpu({ apollo: [apollo.pid] }), answered.calls).apollo ?? Number.NaN;
  return { perSecond: answered.calls / answered.seconds, cpu };
}
