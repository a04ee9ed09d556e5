import { setTimeout as delay } from 'node:timers/promises';
import type { Message, Tidings } from '../../../packages/sdk/src/index.js';
import type { Io } from '../io.js';

/** What is told of a message while it is waited for. */
export type Watched = Pick<
  Message,
  'id' | 'recipient' | 'status' | 'receipt' | 'cancelReason' | 'deliveredAt' | 'cancelledAt' | 'pendingReason'
>;

/** Asks for so many messages at once: a document may ask for the reasons of 100. */
const AT_ONCE = 50;
/** Tells the reason of each while there are at most so many; of more only their number. */
const TOLD_SINGLY = 10;
const FIRST_PAUSE_MS = 250;
const MOST_PAUSE_MS = 3_000;

const FIELDS = 'id recipient status receipt cancelReason deliveredAt cancelledAt pendingReason { code text }';

/**
 * Waits until messages are settled, and tells why they wait whenever that changes.
 *
 * @returns each as it is in the end; null for one that is no longer there
 */
export async function untilSettled(
  tidings: Tidings,
  io: Io,
  ids: readonly string[],
  stop: AbortSignal,
): Promise<Map<string, Watched | null>> {
  const found = new Map<string, Watched | null>();
  const told = new Map<string, string>();
  let waiting = ids;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(MOST_PAUSE_MS, pauseMs * 1.5)) {
    for (const [id, message] of await readMessages(tidings, waiting, stop)) found.set(id, message);
    waiting = waiting.filter((id) => found.get(id)?.status === 'PENDING');
    if (waiting.length === 0) return found;
    tell(io, ids, waiting, found, told);
    await delay(pauseMs, undefined, { signal: stop });
  }
}

async function readMessages(
  tidings: Tidings,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<Array<[string, Watched | null]>> {
  const found: Array<[string, Watched | null]> = [];
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const some = ids.slice(from, from + AT_ONCE);
    const declared = some.map((_, index) => `$i${index}: ID!`).join(', ');
    const asked = some.map((_, index) => `m${index}: message(id: $i${index}) { ${FIELDS} }`).join(' ');
    const variables = Object.fromEntries(some.map((id, index) => [`i${index}`, id]));
    const data = await tidings.graphql<Record<string, Watched | null>>(`query (${declared}) { ${asked} }`, variables, { signal });
    for (const [index, id] of some.entries()) found.push([id, data[`m${index}`] ?? null]);
  }
  return found;
}

function tell(
  io: Io,
  ids: readonly string[],
  waiting: readonly string[],
  found: ReadonlyMap<string, Watched | null>,
  told: Map<string, string>,
): void {
  const say = (about: string, words: string) => {
    if (told.get(about) === words) return;
    told.set(about, words);
    io.err(`${words}\n`);
  };
  const areMany = waiting.length > TOLD_SINGLY;
  if (areMany) say('', `waiting for ${waiting.length} of ${ids.length} messages`);
  for (const id of areMany ? [] : waiting) {
    const message = found.get(id);
    if (message?.pendingReason) say(id, `${message.recipient}: ${message.pendingReason.text}`);
  }
}
