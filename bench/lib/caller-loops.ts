import type { GraphqlCaller } from './graphql-caller.js';

/** Posts from that many callers at once until the time is over; throws after an answer that is no success. */
export async function callFor(
  seconds: number,
  callers: number,
  open: () => GraphqlCaller,
  body: () => string,
): Promise<{ calls: number; seconds: number }> {
  const began = performance.now();
  const until = began + seconds * 1000;
  let calls = 0;
  await Promise.all(
    Array.from({ length: callers }, async () => {
      const caller = open();
      while (performance.now() < until) {
        await post(caller, body());
        calls++;
      }
      caller.close();
    }),
  );
  return { calls, seconds: (performance.now() - began) / 1000 };
}

/** Posts once; throws unless the answer is a success. */
export async function post(caller: Pick<GraphqlCaller, 'post'>, body: string): Promise<string> {
  const answer = await caller.post(body);
  if (answer.status !== 200 || answer.body.includes('"errors"') || answer.body.includes('"error":{')) {
    throw new Error(`${answer.status}: ${answer.body.slice(0, 300)}`);
  }
  return answer.body;
}

/**
 * Runs an open loop: it calls `send` at each moment that the rate asks for, whatever the answers do, so a
 * server that falls behind cannot slow down those who measure it.
 *
 * @param send gets the moment it was due, in milliseconds of `performance.now()`
 * @returns answers per second, from the first send to the last answer
 */
export async function openLoop(perSecond: number, seconds: number, send: (dueMs: number) => Promise<unknown>): Promise<number> {
  const began = performance.now();
  const total = Math.round(perSecond * seconds);
  const under: Promise<unknown>[] = [];
  let next = 0;
  while (next < total) {
    const due = began + (next * 1000) / perSecond;
    if (due > performance.now()) {
      await new Promise((resolve) => setTimeout(resolve, Math.max(1, due - performance.now())));
      continue;
    }
    under.push(send(due));
    next++;
  }
  await Promise.all(under);
  return (total * 1000) / (performance.now() - began);
}

/** Marks overload: an open loop below this share of its rate measures only how long it ran. */
export const KEPT_UP = 0.97;

/** Lends callers, each to one user at a time, and opens more when all are busy. */
export class CallerPool {
  readonly #idle: GraphqlCaller[] = [];
  readonly #all: GraphqlCaller[] = [];

  constructor(private readonly open: () => GraphqlCaller) {}

  async post(body: string): ReturnType<GraphqlCaller['post']> {
    const caller = this.#takeIdle() ?? this.#add();
    const answer = await caller.post(body);
    this.#idle.push(caller);
    return answer;
  }

  close(): void {
    for (const caller of this.#all) caller.close();
  }

  /** Passes over those whose connection the API has closed, after it had been idle for long. */
  #takeIdle(): GraphqlCaller | undefined {
    let caller = this.#idle.pop();
    while (caller?.closed) caller = this.#idle.pop();
    return caller;
  }

  #add(): GraphqlCaller {
    const caller = this.open();
    this.#all.push(caller);
    return caller;
  }
}
