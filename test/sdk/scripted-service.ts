import { Tidings, type TidingsOptions } from '../../packages/sdk/src/index.js';
import type { Surroundings } from '../../packages/sdk/src/surroundings.js';

/** One answer of a service that a test plays: what is answered, or thrown as Node's `fetch` throws. */
export type Scripted = Response | Error | (() => Promise<Response>);

export const answer = (data: object) => Response.json({ data });

export const refusal = (code: string, extensions: object = {}, status = 200) =>
  Response.json({ errors: [{ message: `refused: ${code}`, extensions: { code, ...extensions } }], data: null }, { status });

/** A fault as Node's `fetch` has it. */
export const fault = (code: string) => new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) });

interface Asked {
  url: string;
  headers: Record<string, string>;
  query: string;
  variables: Record<string, unknown>;
}

/** A client of a service that answers by a script; its last line holds for ever. Time passes only by waiting. */
export function scripted(script: readonly Scripted[], options: Partial<TidingsOptions> = {}) {
  const asked: Asked[] = [];
  const waits: number[] = [];
  let now = 0;
  const surroundings: Surroundings = {
    now: () => now,
    random: () => 0.5,
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      waits.push(ms);
      now += ms;
    },
  };
  const fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const { query, variables } = JSON.parse(String(init.body));
    asked.push({ url, headers: init.headers as Record<string, string>, query, variables });
    const next = script[Math.min(asked.length, script.length) - 1] as Scripted;
    if (next instanceof Error) throw next;
    return typeof next === 'function' ? next() : next.clone();
  };
  const tidings = new Tidings({ url: 'http://tidings.example:4000', apiKey: 'tk_secret', fetch, ...options }, surroundings);
  return { tidings, asked, waits, passed: () => now };
}
