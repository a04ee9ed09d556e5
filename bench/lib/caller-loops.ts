import type { GraphqlCaller } from './graphql-caller.js';

/** Posts from so many callers at once until the time is over; every answer must be a success. */
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

/** Posts and refuses to go on after anything but a success. */
export async function post(caller: GraphqlCaller, body: string): Promise<string> {
  const answer = await caller.post(body);
  if (answer.status !== 200 || answer.body.includes('"errors"') || answer.body.includes('"error":{')) {
    throw new Error(`${answer.status}: ${answer.body.slice(0, 300)}`);
  }
  return answer.body;
}

/**
 * An open loop: `send` is called at each moment that the rate asks for, whatever the answers do, so a server that falls behind cannot
 * slow down those who measure it.
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

/** An open loop that ends later than this share of its rate was overloaded: its times tell how long it ran, and no more. */
export const KEPT_UP = 0.97;

/** Callers that are used by one at a time; more are opened when all are busy. */
export class CallerPool {
  readonly #idle: GraphqlCaller[] = [];
  readonly #all: GraphqlCaller[] = [];

  constructor(private readonly open: () => GraphqlCaller) {}

  async post(body: string): Promise<string> {
    const caller = this.#idle.pop() ?? this.#add();
    const answer = await post(caller, body);
    this.#idle.push(caller);
    return answer;
  }

  close(): void {
    for (const caller of this.#all) caller.close();
  }

  #add(): GraphqlCaller {
    const caller = this.open();
    this.#all.push(caller);
    return caller;
  }
}
