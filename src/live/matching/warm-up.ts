import type { LiveEvent } from '../../core/domain/live/live-event.js';
import type { FairTurns } from '../../lib/fair-turns.js';
import { compileCondition } from './cel-condition.js';

/** Conditions that use what most conditions use: loops, patterns, comparisons of texts and maps. */
const SAMPLES = [
  'data.list.all(x, data.list.exists(y, x == 1.0 && y == 2.0) || x == 1.0)',
  'data.list.filter(x, x == 1.0).size() > 0 && data.list.map(x, x).size() > 0',
  'has(data.text) && data.text.matches("^a.*c$") && "key" in data.map && data.text + "x" == "abcx"',
];
const EVENT: LiveEvent = {
  id: '',
  topic: 'warm:up',
  type: 'update',
  name: null,
  data: { list: Array.from({ length: 12 }, () => 1), text: 'abc', map: { key: 1 } },
  previous: null,
  changed: null,
  parent: null,
  sender: null,
  flows: false,
  createdAt: 0,
};
/** Judges each sample so many times. */
const ROUNDS = 40;
/** Lets each time take so many steps, a millisecond or two at first. */
const STEPS = 2_000;

let begun = false;

/**
 * Judges samples until the engine has compiled what judges, once in a process: before, the 30,000 steps that
 * an event may take were one block of 40 to 90 ms, after it 10 to 20. It takes some 100 ms of CPU, piece by
 * piece, in processes that have a condition at all.
 */
export function warmUp(turns: FairTurns): void {
  if (begun) return;
  begun = true;
  let piece = 0;
  const next = () => {
    compileCondition('sample', SAMPLES[piece % SAMPLES.length] as string).holds(EVENT, { left: STEPS });
    piece++;
    if (piece < ROUNDS * SAMPLES.length) turns.ask(OWNER, next);
  };
  turns.ask(OWNER, next);
}

/** Stands beside tenants, whose ids are UUIDs. */
const OWNER = 'warm-up';
